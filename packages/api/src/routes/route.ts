/** What the daemon must know of a route beyond its path. */
import type { Access } from "../access.ts";
import type { SchemaOf } from "../schema.ts";
import type { RouteName } from "./paths.ts";
import type { BodyOf, ParamsOf, QueryOf, ReplyOf } from "./route-types.ts";

export type RouteGroup =
  | "torrents"
  | "labels"
  | "limits"
  | "settings"
  | "session"
  | "events"
  | "jobs"
  | "access"
  | "log"
  | "folders";

type Part<T, Key extends string> = [T] extends [undefined]
  ? { readonly [K in Key]?: never }
  : { readonly [K in Key]: SchemaOf<T> };

type ReplyPart<T> = [T] extends [undefined]
  ? { readonly reply?: never }
  : [T] extends [Uint8Array]
    ? { readonly bytes: string }
    : { readonly reply: SchemaOf<T> };

export interface RouteFacts {
  readonly group: RouteGroup;
  readonly access: Access;
  readonly summary: string;
  readonly description?: string;
  /** Of success; default 200, or 204 where there is no reply. */
  readonly status?: number;
  /** Answers with an ETag, and obeys If-None-Match or If-Match. */
  readonly hasEtag?: true;
  /** Also takes multipart/form-data. */
  readonly takesMultipart?: true;
  /** Bytes; default 256 KiB. */
  readonly bodyBytesMax?: number;
  /** The password must have been given within the last minutes. */
  readonly needsSudo?: true;
  /** Takes the header Idempotency-Key. */
  readonly isIdempotent?: true;
}

export type Route<Name extends RouteName> = RouteFacts &
  Part<ParamsOf<Name>, "params"> &
  Part<QueryOf<Name>, "query"> &
  Part<BodyOf<Name>, "body"> &
  ReplyPart<ReplyOf<Name>>;

/** A part of the table. */
export type Routes<Name extends RouteName> = { readonly [Each in Name]: Route<Each> };

/** Any route, its schemas without their types. */
export interface AnyRoute extends RouteFacts {
  readonly params?: SchemaOf<unknown>;
  readonly query?: SchemaOf<unknown>;
  readonly body?: SchemaOf<unknown>;
  readonly reply?: SchemaOf<unknown>;
  /** Media type of a reply that is not JSON. */
  readonly bytes?: string;
}
