/** The path of a request before anything has interpreted it (PROMISES C4). */

/** What is odd is refused: what we mean has one spelling, and proxies and routers read others differently. */
export function parseRawPath(
  url: string,
  basePath: string,
): { readonly path: string; readonly query: string } | undefined {
  const mark = url.indexOf("?");
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = mark === -1 ? "" : url.slice(mark + 1);
  if (!PLAIN.test(path) || ODD.test(path)) return undefined;
  return { path: stripBase(path, basePath), query };
}

/** RFC 3986: what a path is made of. No "*", no absolute form, no backslash, no controls. */
const PLAIN = /^\/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/;
/** Dot segments, empty segments, and escaped slashes, dots, backslashes and controls. */
const ODD = /\/\/|\/\.{1,2}(?:\/|$)|%(?:2[eEfF]|5[cC]|[01][0-9A-Fa-f]|7[fF])/;

/** A proxy may leave our base path there, or take it away. */
function stripBase(path: string, basePath: string): string {
  if (basePath === "") return path;
  if (path === basePath) return "/";
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : path;
}
