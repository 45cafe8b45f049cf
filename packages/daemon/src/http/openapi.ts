/** OpenAPI 3.1, made from the table of routes. */
import { API_PREFIX, listRoutes, problemSchema, PROBLEM_TYPE, type RouteEntry, type SchemaOf } from "@torrential/api";

type Json = Readonly<Record<string, unknown>>;

export function makeOpenApi(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const entry of listRoutes()) {
    const path = toTemplate(entry.path);
    (paths[path] ??= {})[entry.method.toLowerCase()] = describeRoute(entry);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Torrential",
      version,
      description: "Sizes in bytes, rates in bytes per second, times in milliseconds.",
    },
    servers: [{ url: API_PREFIX }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "torrential" },
      },
    },
  };
}

function toTemplate(path: string): string {
  return path.replaceAll(/:(\w+)/g, "{$1}");
}

function describeRoute({ name, route }: RouteEntry): Json {
  const { summary, description, group, access, status } = route;
  const success = String(status ?? (route.reply === undefined && route.bytes === undefined ? 204 : 200));
  return {
    operationId: name,
    tags: [group],
    summary,
    description: [description, access === "public" ? "" : `Needs the scope \`${access}\`.`]
      .filter(Boolean)
      .join("\n\n"),
    ...(access === "public" ? { security: [] } : {}),
    parameters: [
      ...listParameters(route.params, "path"),
      ...listParameters(route.query, "query"),
      ...listHeaders(route),
    ],
    ...(route.body === undefined ? {} : { requestBody: describeBody(route) }),
    responses: {
      [success]: describeReply(route),
      default: {
        description: "A problem",
        content: { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function describeBody({ body, takesMultipart }: RouteEntry["route"]): Json {
  const form = { type: "object", description: "Files, and the parts `urls` and `options`." };
  return {
    required: true,
    content: {
      "application/json": { schema: body },
      ...(takesMultipart === true ? { "multipart/form-data": { schema: form } } : {}),
    },
  };
}

function describeReply({ reply, bytes, hasEtag }: RouteEntry["route"]): Json {
  const headers = hasEtag === true ? { headers: { etag: { schema: { type: "string" } } } } : {};
  if (bytes !== undefined) return { description: "Bytes", ...headers, content: { [bytes]: {} } };
  if (reply === undefined) return { description: "Done", ...headers };
  return { description: "Done", ...headers, content: { "application/json": { schema: reply } } };
}

function listHeaders({ isIdempotent, hasEtag, body }: RouteEntry["route"]): Json[] {
  const header = (name: string, description: string): Json => ({
    name,
    in: "header",
    description,
    schema: { type: "string" },
  });
  return [
    ...(isIdempotent === true ? [header("Idempotency-Key", "The same key within a day gets the first answer.")] : []),
    ...(hasEtag === true && body !== undefined ? [header("If-Match", "Only if it was not changed meanwhile.")] : []),
    ...(hasEtag === true && body === undefined ? [header("If-None-Match", "304 when nothing changed.")] : []),
  ];
}

function listParameters(schema: SchemaOf<unknown> | undefined, place: "path" | "query"): Json[] {
  const { properties, required }: { properties?: Json; required?: readonly string[] } = Object(schema ?? {});
  return Object.entries(properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: required?.includes(name) ?? false,
    schema: property,
    ...(place === "query" && Object(property).type === "array" ? { style: "form", explode: true } : {}),
  }));
}
