/** What a request brings along to be known by. */

export type Credentials =
  | { readonly type: "none" }
  | { readonly type: "bearer"; readonly token: string }
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  | { readonly type: "cookie"; readonly cookie: string };

/** An Authorization header counts before a cookie: a program that sends one means it. */
export function readCredentials(
  headers: { readonly authorization: string | undefined; readonly cookie: string | undefined },
  cookieName: string,
): Credentials {
  const { authorization } = headers;
  const bearer = /^bearer +([^\s]{1,512})$/i.exec(authorization ?? "")?.[1];
  if (bearer !== undefined) return { type: "bearer", token: bearer };
  const basic = /^basic +([A-Za-z0-9+/=_-]{1,4096})$/i.exec(authorization ?? "")?.[1];
  if (basic !== undefined) return readBasic(basic);
  const cookie = readCookie(headers.cookie, cookieName);
  return cookie === undefined ? { type: "none" } : { type: "cookie", cookie };
}

function readBasic(base64: string): Credentials {
  const text = Buffer.from(base64, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon === -1) return { type: "none" };
  return { type: "basic", username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The first cookie of that name. Lenient: some programs send back the whole Set-Cookie line. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? "").split(";")) {
    const equals = part.indexOf("=");
    if (equals !== -1 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}
