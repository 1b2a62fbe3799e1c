/**
 * The path on a node that a caller asks for, taken apart and put together again, so that the node
 * reads exactly what was checked here: below `/v1/` alone, no empty or dotted segment, no escaped
 * slash. One slash at the end is kept; the node tells `traces/` from `traces`.
 *
 * @param raw what follows `/v1/`, as it came, without a query
 * @returns the path with its leading slash; undefined for one that is refused
 */
export function nodePath(raw: string): string | undefined {
  const segments = raw.split('/');
  const closing = segments.length > 1 && segments.at(-1) === '';
  const parts = (closing ? segments.slice(0, -1) : segments).map(decoded);
  if (parts.some((part) => part === undefined || !isPlain(part))) return undefined;
  const path = parts.map((part) => encodeURIComponent(part ?? '')).join('/');
  return `/v1/${path}${closing ? '/' : ''}`;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** A second round of escapes is refused, too: whoever decodes twice would see another path. */
function isPlain(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && !/[/\\%\p{Cc}]/u.test(part);
}
