/** Who may come in: scopes, tokens, sessions, the password. */
import { Type } from "typebox";
import { type SchemaOf, schemaOf, words } from "./schema.ts";

/** Each holds those before it. */
export type Scope = "read" | "add" | "control" | "admin";

/** What a route asks of its caller. */
export type Access = Scope | "public";

export interface LoginRequest {
  /** Default "admin". */
  readonly username?: string;
  readonly password: string;
}

/** Who the caller is. */
export interface Identity {
  readonly kind: "session" | "token" | "root-token" | "password" | "none";
  readonly name: string;
  readonly scope: Scope;
  /** Until when settings that widen power may be changed; absent: give the password to `sudo` first. */
  readonly sudoUntilMs?: number | undefined;
  readonly hasPassword: boolean;
}

export interface SudoRequest {
  readonly password: string;
}

export interface PasswordRequest {
  readonly username?: string;
  readonly newPassword: string;
}

export interface NewToken {
  readonly name: string;
  readonly scope: Scope;
  readonly expiresAtMs?: number;
}

export interface Token {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  readonly createdAtMs: number;
  readonly lastUsedAtMs?: number | undefined;
  readonly expiresAtMs?: number | undefined;
}

/** The only time that the token itself is shown. */
export interface CreatedToken extends Token {
  readonly token: string;
}

export interface SessionEntry {
  readonly id: string;
  readonly username: string;
  readonly address: string;
  readonly userAgent: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  readonly isCurrent: boolean;
}

const username = Type.Optional(Type.String({ minLength: 1, maxLength: 100, default: "admin" }));
const password = Type.String({ minLength: 1, maxLength: 1000 });
const scope = words(["read", "add", "control", "admin"], { description: "Each holds those before it." });
const time = Type.Number({ description: "Milliseconds since 1970." });

export const loginRequestSchema: SchemaOf<LoginRequest> = schemaOf<LoginRequest>()(Type.Object({ username, password }));

export const identitySchema: SchemaOf<Identity> = schemaOf<Identity>()(
  Type.Object({
    kind: words(["session", "token", "root-token", "password", "none"]),
    name: Type.String(),
    scope,
    sudoUntilMs: Type.Optional(time),
    hasPassword: Type.Boolean(),
  }),
);

export const sudoRequestSchema: SchemaOf<SudoRequest> = schemaOf<SudoRequest>()(Type.Object({ password }));

export const passwordRequestSchema: SchemaOf<PasswordRequest> = schemaOf<PasswordRequest>()(
  Type.Object({ username, newPassword: Type.String({ minLength: 12, maxLength: 1000 }) }),
);

export const newTokenSchema: SchemaOf<NewToken> = schemaOf<NewToken>()(
  Type.Object({
    name: Type.String({ minLength: 1, maxLength: 100 }),
    scope,
    expiresAtMs: Type.Optional(time),
  }),
);

const token = {
  id: Type.String(),
  name: Type.String(),
  scope,
  createdAtMs: time,
  lastUsedAtMs: Type.Optional(time),
  expiresAtMs: Type.Optional(time),
};

export const tokenSchema: SchemaOf<Token> = schemaOf<Token>()(Type.Object(token));
export const createdTokenSchema: SchemaOf<CreatedToken> = schemaOf<CreatedToken>()(
  Type.Object({ ...token, token: Type.String({ description: "Shown this once." }) }),
);

export const sessionEntrySchema: SchemaOf<SessionEntry> = schemaOf<SessionEntry>()(
  Type.Object({
    id: Type.String(),
    username: Type.String(),
    address: Type.String(),
    userAgent: Type.String(),
    createdAtMs: time,
    lastUsedAtMs: time,
    isCurrent: Type.Boolean(),
  }),
);
