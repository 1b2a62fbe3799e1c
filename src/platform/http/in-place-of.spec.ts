import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { inPlaceOf } from './in-place-of.js';

describe('a function in place of a handler', () => {
  it('has its name and what was declared on it, and nothing that is declared later', () => {
    const declared = (): string => 'declared';
    Reflect.defineMetadata('path', '/agents', declared);
    Reflect.defineMetadata('status', 201, declared);
    const handler = inPlaceOf(declared, 'create', () => 'its own');

    expect(handler.name).toBe('create');
    expect(handler()).toBe('its own');
    expect(Reflect.getMetadata('path', handler)).toBe('/agents');
    expect(Reflect.getMetadata('status', handler)).toBe(201);

    Reflect.defineMetadata('status', 204, handler);
    Reflect.defineMetadata('path', '/others', declared);
    expect(Reflect.getMetadata('status', declared)).toBe(201);
    expect(Reflect.getMetadata('path', handler)).toBe('/agents');
  });
});
