/** Routes of the door: login, tokens, sessions, the password. */
import {
  createdTokenSchema,
  identitySchema,
  loginRequestSchema,
  newTokenSchema,
  passwordRequestSchema,
  sessionEntrySchema,
  sudoRequestSchema,
  tokenSchema,
} from "../access.ts";
import { idParamsSchema, listOf } from "./params.ts";
import type { Routes } from "./route.ts";

export const ACCESS_ROUTES: Routes<
  | "login"
  | "logout"
  | "showIdentity"
  | "sudo"
  | "setPassword"
  | "listTokens"
  | "createToken"
  | "revokeToken"
  | "listSessions"
  | "revokeSession"
> = {
  login: {
    group: "access",
    access: "public",
    summary: "Log in with a password; the session comes as a cookie",
    body: loginRequestSchema,
    reply: identitySchema,
  },
  logout: { group: "access", access: "read", summary: "End this session" },
  showIdentity: { group: "access", access: "read", summary: "Say who is asking", reply: identitySchema },
  sudo: {
    group: "access",
    access: "admin",
    summary: "Give the password again: for five minutes, this session may widen settings",
    body: sudoRequestSchema,
    reply: identitySchema,
  },
  setPassword: {
    group: "access",
    access: "admin",
    summary: "Set the password; every other session ends",
    body: passwordRequestSchema,
    needsSudo: true,
  },
  listTokens: { group: "access", access: "admin", summary: "List API tokens", reply: listOf(tokenSchema) },
  createToken: {
    group: "access",
    access: "admin",
    summary: "Make an API token",
    body: newTokenSchema,
    reply: createdTokenSchema,
    status: 201,
    needsSudo: true,
  },
  revokeToken: { group: "access", access: "admin", summary: "Revoke an API token", params: idParamsSchema("token") },
  listSessions: { group: "access", access: "admin", summary: "List sessions", reply: listOf(sessionEntrySchema) },
  revokeSession: { group: "access", access: "admin", summary: "End a session", params: idParamsSchema("session") },
};
