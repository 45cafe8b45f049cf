/** The body of an answer that is short enough to come at once. */
export function bodyText(body: unknown): string {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  throw new Error("it comes piece by piece");
}
