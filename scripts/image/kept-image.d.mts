/** Types of `kept-image.mjs`, for the tests that use it. */

export function keptTag(version: string): string;

export function findKeptImage(version: string): Promise<string>;
