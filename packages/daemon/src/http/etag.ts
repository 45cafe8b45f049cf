/** Versions of replies, and the conditions that name them (RFC 9110, sections 8.8.3 and 13). */
import { createHash } from "node:crypto";
import { ApiProblem } from "./problems.ts";

/** `"<editable>.<rest>"`: the first part is the version of what can be changed, and all that If-Match compares. */
export function makeEtag(parts: { readonly editable: string; readonly rest?: string }): string {
  return `"${parts.editable}${parts.rest === undefined ? "" : `.${parts.rest}`}"`;
}

/** Short and stable for equal values. */
export function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 16);
}

/** Throws "precondition-failed" when the header names other versions only. */
export function requireMatch(header: string | undefined, etag: string): void {
  if (header === undefined || header.trim() === "*") return;
  const present = editablePart(etag);
  if (listTags(header).some((tag) => editablePart(tag) === present)) return;
  throw new ApiProblem("precondition-failed", "it was changed meanwhile: read it again");
}

/** Whether the caller has this version already. */
export function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === "*" || listTags(header).includes(etag);
}

function editablePart(etag: string): string {
  return etag.replaceAll('"', "").split(".")[0] ?? "";
}

function listTags(header: string): string[] {
  return [...header.matchAll(/(?:W\/)?("[^"]*")/g)].map(([, tag = ""]) => tag);
}
