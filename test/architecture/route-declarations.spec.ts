import {
  Body,
  Controller,
  Get,
  type INestApplication,
  Param,
  Post,
  Query,
  SetMetadata,
} from '@nestjs/common';
import { METHOD_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Endpoint } from '../../src/access/endpoint.decorator.js';
import { PERMISSIONS } from '../../src/access/permissions.js';
import { AppModule, type AppParts } from '../../src/app.module.js';
import { loadConfig } from '../../src/config/load-config.js';
import { ALLOW, PUBLIC } from '../../src/platform/http/endpoint.js';
import { createAdapter } from '../../src/platform/http/http-server.js';
import { KnownRoutes } from '../../src/platform/http/known-routes.js';
import { CHECKED } from '../../src/platform/http/validated-arguments.js';

type Class = abstract new (...args: never[]) => object;

/** What Nest keeps of one parameter of a handler. */
interface Argument {
  /** The one key that is picked, when it is not the whole. */
  data?: unknown;
  schema?: unknown;
  index: number;
}

const ALLOWANCES: readonly unknown[] = [...PERMISSIONS, PUBLIC];
/** How Nest numbers the decorators of what a caller sends. */
const SENT: Readonly<Record<string, string>> = { 3: '@Body', 4: '@Query', 5: '@Param' };

describe('the declarations of routes', () => {
  let app: INestApplication;
  let controllers: Class[] = [];
  beforeAll(async () => {
    app = await described();
    const modules = [...app.get(ModulesContainer).values()];
    controllers = modules.flatMap((module) =>
      [...module.controllers.values()].flatMap(({ metatype }) => (metatype as Class | null) ?? []),
    );
  });
  afterAll(() => app.close());

  it('name a permission, and a schema for whatever a caller sends', () => {
    expect(controllers.flatMap(handlersOf).length).toBeGreaterThan(25);
    expect(controllers.flatMap(faultsOf)).toEqual([]);
  });

  it('are caught when they do not', () => {
    expect(faultsOf(Planted)).toEqual([
      'Planted.open declares no permission',
      'Planted.misspelt declares no permission',
      'Planted.bare has a @Body without a schema',
      'Planted.bare has a @Query without a schema',
      'Planted.bare has a @Param without a schema',
      'Planted.picking has a @Query that sees only a part of what is sent',
      'Planted.unchecked has a @Query with a schema that nothing checks',
    ]);
  });
});

const schema = z.strictObject({ id: z.string() });
const declared = { allow: 'agents:read', summary: 'Planted' } as const;

/** Breaks each of the rules once. */
@Controller('planted')
class Planted {
  @Get('open')
  open(): void {}

  @Get('misspelt')
  @Endpoint({ ...declared, id: 'misspelt', allow: 'agents:raed' as 'agents:read' })
  misspelt(): void {}

  @Post('bare/:id')
  @Endpoint({ ...declared, id: 'bare' })
  bare(@Body() _body: object, @Query() _query: object, @Param('id') _id: string): void {}

  @Get('picking/:id')
  @Endpoint({ ...declared, id: 'picking' })
  picking(@Param({ schema }) _all: object, @Query('id', { schema: schema.shape.id }) _id: string) {}

  @Get('unchecked')
  @SetMetadata(ALLOW, 'agents:read')
  unchecked(@Query({ schema }) _all: object): void {}

  noRoute(_anything: string): void {}
}

function faultsOf(controller: Class): string[] {
  return handlersOf(controller).flatMap((name) => {
    const route = `${controller.name}.${name}`;
    const handler = handlerOf(controller, name);
    const allow: unknown = Reflect.getMetadata(ALLOW, handler);
    const open = ALLOWANCES.includes(allow) ? [] : [`${route} declares no permission`];
    return [...open, ...inputFaultsOf(controller, name).map((fault) => `${route} has a ${fault}`)];
  });
}

function inputFaultsOf(controller: Class, name: string): string[] {
  const metadata = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as object;
  const sent = Object.entries(metadata as Record<string, Argument>).flatMap(([key, argument]) => {
    const decorator = SENT[key.split(':')[0] ?? ''];
    return decorator === undefined ? [] : [{ decorator, ...argument }];
  });
  const handler = handlerOf(controller, name);
  const checked = (Reflect.getMetadata(CHECKED, handler) ?? []) as readonly number[];
  return sent.toSorted(inOrder).flatMap(({ decorator, data, schema: given, index }) => {
    if (given === undefined) return [`${decorator} without a schema`];
    if (!checked.includes(index)) return [`${decorator} with a schema that nothing checks`];
    return data === undefined ? [] : [`${decorator} that sees only a part of what is sent`];
  });
}

function inOrder(a: { decorator: string }, b: { decorator: string }): number {
  const order = Object.values(SENT);
  return order.indexOf(a.decorator) - order.indexOf(b.decorator);
}

/** The methods of a controller that serve a route. */
function handlersOf(controller: Class): string[] {
  return Object.getOwnPropertyNames(controller.prototype).filter(
    (name) => Reflect.getMetadata(METHOD_METADATA, handlerOf(controller, name)) !== undefined,
  );
}

function handlerOf(controller: Class, name: string): object {
  return (controller.prototype as Record<string, object>)[name] ?? {};
}

/** The application with nothing in it built: only its declarations are looked at. */
function described(): Promise<INestApplication> {
  const config = loadConfig({
    NEXUS_DRIVER: 'none',
    NEXUS_JWT_SECRET: 'only needed to describe the application',
    NEXUS_ENCRYPTION_KEY: '0'.repeat(64),
  });
  const none = {};
  const names = ['database', 'clock', 'logger', 'routes', 'wakes', 'lease'];
  const parts = Object.fromEntries(names.map((name) => [name, none])) as unknown as AppParts;
  const module = AppModule.forRoot({ ...parts, config });
  return NestFactory.create(module, createAdapter(new KnownRoutes()), {
    preview: true,
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
}
