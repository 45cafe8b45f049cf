/** Adding torrents: as JSON, or as a form with files. */
import { createHash } from "node:crypto";
import type { AddedTorrent, AddOptions, AddSource as ApiSource, AddTorrents } from "@torrential/api";
import { addTorrentsSchema } from "@torrential/api";
import type {} from "@fastify/multipart";
import type { FastifyRequest } from "fastify";
import type { AddRequest, AddSource } from "../../service/service.ts";
import type { Handlers } from "../handler.ts";
import { parseJsonBody } from "../json-body.ts";
import { ApiProblem, toProblem } from "../problems.ts";
import { type Check, compileChecks } from "../validation.ts";

export const addingHandlers: Handlers<"addTorrents" | "previewTorrent"> = {
  addTorrents: async ({ body, idempotencyKey, reply, request }, { service }) => {
    const { sources, options } = request.isMultipart() ? await readForm(request) : toSources(body);
    const results: AddedTorrent[] = [];
    const fingerprint = idempotencyKey === undefined ? "" : fingerprintOf(sources, options);
    for (const [index, source] of sources.entries()) {
      const key = idempotencyKey === undefined ? undefined : { name: `${idempotencyKey}#${index}`, fingerprint };
      results.push(await addOne({ ...options, source, idempotencyKey: key }, service.torrents));
    }
    const [only] = results;
    // One that fails is the failure of the call.
    if (results.length === 1 && only?.problem !== undefined) reply.code(only.problem.status);
    if (results.some(({ status }) => status === "added")) reply.code(201);
    return { results };
  },

  previewTorrent: async ({ body }, { service }) => await service.torrents.preview(toSource(body)),
};

async function addOne(
  request: AddRequest,
  torrents: {
    readonly add: (
      request: AddRequest,
    ) => Promise<{ readonly torrent: AddedTorrent["torrent"]; readonly isDuplicate: boolean }>;
  },
): Promise<AddedTorrent> {
  try {
    const { torrent, isDuplicate } = await torrents.add(request);
    return { status: isDuplicate ? "duplicate" : "added", torrent };
  } catch (error) {
    const problem = toProblem(error);
    // A bug is not one torrent's problem, and neither is a key that stands for another request.
    if (problem.status === 500 || problem.code === "key-reused") throw error;
    return { status: problem.code === "duplicate" ? "duplicate" : "failed", problem };
  }
}

/** The same for the same request, however it came: as JSON or as a form. */
function fingerprintOf(sources: readonly AddSource[], options: AddOptions): string {
  const hash = createHash("sha256").update(JSON.stringify(options));
  for (const source of sources) {
    if (source.type === "file") hash.update(`\nfile ${source.bytes.length}\n`).update(source.bytes);
    else hash.update(`\n${JSON.stringify(source)}`);
  }
  return hash.digest("base64url").slice(0, 22);
}

interface Sources {
  readonly sources: readonly AddSource[];
  readonly options: AddOptions;
}

function toSources({ sources, options }: AddTorrents): Sources {
  return { sources: sources.map(toSource), options: options ?? {} };
}

function toSource(source: ApiSource): AddSource {
  if (source.type !== "file") return source;
  return { type: "file", bytes: Buffer.from(source.base64, "base64") };
}

const FILES_MAX = 100;
const FIELDS_MAX = 10;
const FILE_BYTES_MAX = 10 * 1024 * 1024;
/** Of all files of a form together. */
const FORM_BYTES_MAX = 32 * 1024 * 1024;

const checkBody: Check = compileChecks({ group: "torrents", access: "add", summary: "", body: addTorrentsSchema }).body;

/** File parts of whatever name, a part `urls` with a link a line, a part `options` with JSON. */
async function readForm(request: FastifyRequest): Promise<Sources> {
  const files: AddSource[] = [];
  const links: ApiSource[] = [];
  let options: unknown;
  let bytes = 0;
  const limits = {
    files: FILES_MAX,
    fields: FIELDS_MAX,
    fileSize: FILE_BYTES_MAX,
    fieldSize: 262_144,
    headerPairs: 20,
  };
  for await (const part of request.parts({ limits })) {
    if (part.type === "file") {
      const content = await part.toBuffer();
      bytes += content.length;
      if (bytes > FORM_BYTES_MAX)
        throw new ApiProblem("body-too-large", `more than ${FORM_BYTES_MAX} bytes of torrents`);
      files.push({ type: "file", bytes: content });
    } else if (part.fieldname === "urls") links.push(...readLinks(String(part.value)));
    else if (part.fieldname === "options") options = parseJsonBody(String(part.value));
  }
  if (files.length + links.length === 0) throw new ApiProblem("invalid", "the form has neither files nor `urls`");
  // The schema wants a source: files are not checked by it, they are torrents or they are not.
  const placeholder: ApiSource = { type: "magnet", uri: "-" };
  const checked = checkBody({
    sources: links.length === 0 ? [placeholder] : links,
    ...(options === undefined ? {} : { options }),
  });
  const { sources, options: known } = toSources(asAddTorrents(checked));
  return { sources: [...files, ...(links.length === 0 ? [] : sources)], options: known };
}

function readLinks(text: string): ApiSource[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => (/^https?:\/\//i.test(line) ? { type: "url", url: line } : { type: "magnet", uri: line }));
}

function asAddTorrents(checked: unknown): AddTorrents {
  return checked as AddTorrents;
}
