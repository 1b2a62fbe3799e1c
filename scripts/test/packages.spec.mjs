import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensurePackages, missingPackages } from './packages.mjs';

describe('what is missing on a system', () => {
  let empty;
  beforeEach(() => {
    empty = mkdtempSync(path.join(tmpdir(), 'nexus-no-programs-'));
    vi.stubEnv('PATH', empty);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(empty, { recursive: true });
  });

  it('is named by its package, each once', () => {
    const missing = missingPackages(['build', 'network', 'machine']);
    expect(missing).toEqual(expect.arrayContaining(['g++', 'python3-venv', 'iproute2', 'buildah']));
    expect(new Set(missing).size).toBe(missing.length);
  });

  it('is told together with why it cannot be installed', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    await expect(ensurePackages(['network'])).rejects.toThrow(
      /^the packages iproute2, util-linux are missing: .*(wants root|yourself)/,
    );
  });
});
