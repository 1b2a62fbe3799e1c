import { registerHooks } from 'node:module';

// Lets Node run the sources as they are: an import of `./x.js` finds `./x.ts`. To be used with
// --experimental-transform-types, in processes that a test starts.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const isSource = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
    return nextResolve(isSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
