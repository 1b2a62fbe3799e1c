/** The yardstick: one route on the framework of the product, no authentication, no database. */
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

const ANSWER = { name: 'bare', namespace: 'bare', version: '1.0.0', ready: true };

class BareController {
  get(): typeof ANSWER {
    return ANSWER;
  }
}

class BareModule {}

// Node takes types away but knows no decorators, so they are applied as what they are: functions.
const get = Object.getOwnPropertyDescriptor(BareController.prototype, 'get');
if (get === undefined) throw new Error('The route is missing');
Get(':name')(BareController.prototype, 'get', get);
Controller('bare')(BareController);
Module({ controllers: [BareController] })(BareModule);

const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), {
  logger: false,
});
await app.listen(0, '127.0.0.1');
process.stdout.write(`${await app.getUrl()}\n`);
process.once('SIGTERM', () => process.exit(0));
// It ends with whoever wanted it.
process.stdin.resume().once('end', () => process.exit(0));
