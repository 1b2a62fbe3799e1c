#!/usr/bin/env node
import { createInterface } from 'node:readline';
import { loadConfig } from '../config/load-config.js';
import type { Terminal } from './command.js';
import { COMMANDS } from './commands.js';
import { runCommand } from './run-command.js';

// `nexus-admin`: works on the database of an installation, beside its server.

const terminal: Terminal = {
  print: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  readLine: async () => {
    const lines = createInterface({ input: process.stdin });
    for await (const line of lines) return line;
    return '';
  },
};

process.exitCode = await runCommand(COMMANDS, process.argv.slice(2), () => loadConfig(), terminal);
