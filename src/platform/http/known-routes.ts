import { Injectable } from '@nestjs/common';

/** Remembers every route, to tell an unknown path from a known one with another method. */
@Injectable()
export class KnownRoutes {
  private readonly routes: { pattern: RegExp; methods: Set<string> }[] = [];
  private readonly byUrl = new Map<string, Set<string>>();

  /** Notes a route pattern such as `/api/v1/agents/:name`. */
  add(url: string, method: string | readonly string[]): void {
    let methods = this.byUrl.get(url);
    if (methods === undefined) {
      methods = new Set();
      this.byUrl.set(url, methods);
      if (!url.includes('*')) this.routes.push({ pattern: toPattern(url), methods });
    }
    for (const one of [method].flat()) methods.add(one);
  }

  /** The methods that a concrete path takes, sorted; empty for an unknown path. */
  methodsOf(path: string): string[] {
    const found = new Set<string>();
    for (const { pattern, methods } of this.routes) {
      if (pattern.test(path)) for (const method of methods) found.add(method);
    }
    return [...found].sort();
  }
}

function toPattern(url: string): RegExp {
  const source = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('/');
  return new RegExp(`^${source}$`);
}
