/** Types of `debian-packages.mjs`, for the tests that use it. */

export function installPackages(names: readonly string[]): Promise<void>;
