/**
 * Builds what is published: `npm run build`. Development never needs it. With `--command` it builds the command alone,
 * which `npm ci` does in a clone, so that it starts as fast as the published one.
 *
 * A library becomes one ES module that imports its dependencies by name; the command has our libraries and what every
 * download needs of others inside, so that it starts fast. Worker threads are modules of their own beside the bundle.
 * Types come from tsc. At the end the built command is run, and each library loaded, as a user's Node would; what the
 * command's first download compiled stays beside it (`compiled`), for those that follow.
 */
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { rolldown } from "rolldown";
import { ROOT } from "./lib/files.ts";
import { run } from "./lib/run.ts";
import { findThreadEntries, toPublishedTypes } from "./lib/publish.ts";
import { warmUp } from "./lib/warm-up.ts";

const LIBRARIES = ["core", "protocol", "engine", "node", "api", "daemon"];
const COMMAND = "torrential";
/** Hold thread entries; they are built again for whoever has the package inside. */
const THREAD_PACKAGES = ["node", "daemon"];
/** Packages of others inside the command. Finding and reading the files of undici alone takes 30 ms at each start. */
const INSIDE_COMMAND: readonly string[] = ["commander", "picomatch", "undici"];

interface Bundle {
  readonly input: string;
  readonly output: string;
  /** Has our own packages inside instead of importing them. */
  readonly withOurs: boolean;
  /** Packages of others that it has inside. */
  readonly inside?: readonly string[];
  /** What is imported later is a file of its own beside the output, so that the start does not pay for it. */
  readonly isSplit?: boolean;
  /**
   * CommonJS, which Node loads at once and without a facade for each module of its own: of those that an ES module imports
   * it asks for every export, of node:http for a whole HTTP client.
   */
  readonly isQuick?: boolean;
}

async function buildBundle({ input, output, withOurs, inside = [], isSplit, isQuick }: Bundle): Promise<void> {
  const isExternal = (id: string): boolean => {
    if (id.startsWith(".") || id.startsWith("/")) return false;
    return (
      !(withOurs && id.startsWith("@torrential/")) && !inside.some((name) => id === name || id.startsWith(`${name}/`))
    );
  };
  const bundle = await rolldown({
    input,
    platform: "node",
    external: (id) => builtinModules.includes(id) || isExternal(id),
    resolve: { conditionNames: ["torrential-source", "node", "import"] },
    // Our modules do nothing when they are loaded, so what nobody uses need not be there.
    treeshake: { moduleSideEffects: (id) => !isOurs(id) || id.endsWith("main.ts") },
  });
  const where =
    isSplit === true
      ? { dir: dirname(output), entryFileNames: basename(output), chunkFileNames: "[name]-[hash].js" }
      : { file: output, codeSplitting: false };
  // Short to read for the machine, with names for whoever reads a stack trace.
  const minify = { compress: true, mangle: false, codegen: true };
  const format = isQuick === true ? "cjs" : "esm";
  await bundle.write({ ...where, format, comments: { legal: false }, minify });
  await bundle.close();
  console.log(`built ${output}`);
}

function isOurs(path: string): boolean {
  return path.startsWith(join(ROOT, "packages")) && !path.includes("node_modules");
}

function threadBundles(target: string, owners: readonly string[], isQuick: boolean): Bundle[] {
  return owners
    .flatMap((owner) => globSync(`packages/${owner}/src/**/*.ts`, { cwd: ROOT }))
    .filter((path) => !path.endsWith(".test.ts"))
    .flatMap((path) =>
      findThreadEntries(readFileSync(join(ROOT, path), "utf8")).map(({ source, published }) => ({
        input: join(ROOT, dirname(path), source),
        output: `packages/${target}/dist/${published}`,
        withOurs: true,
        isQuick,
      })),
    );
}

function listBundles(): Bundle[] {
  const libraries = LIBRARIES.map((name) => ({
    input: `packages/${name}/src/index.ts`,
    output: `packages/${name}/dist/index.js`,
    withOurs: false,
  }));
  const command = {
    input: `packages/${COMMAND}/src/main.ts`,
    output: `packages/${COMMAND}/dist/main.js`,
    withOurs: true,
    inside: INSIDE_COMMAND,
    isSplit: true,
    isQuick: true,
  };
  // A library finds the threads of another in that other's folder; the command has everything in its own.
  const threads = THREAD_PACKAGES.flatMap((name) => threadBundles(name, [name], false));
  return [...libraries, command, ...threads, ...threadBundles(COMMAND, THREAD_PACKAGES, true)];
}

/** The daemon serves the page from beside the command. */
async function buildPage(): Promise<void> {
  const folder = join(ROOT, "packages", COMMAND, "dist", "page");
  const { code } = await run("vite", [
    "build",
    "packages/web",
    "--outDir",
    folder,
    "--emptyOutDir",
    "--logLevel",
    "warn",
  ]);
  if (code !== 0) throw new Error("vite could not build the page");
  console.log(`built packages/${COMMAND}/dist/page`);
}

/** One tsc run over all libraries, spread over their dist folders. */
async function buildTypes(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "torrential-types-"));
  const config = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      emitDeclarationOnly: true,
      rootDir: join(ROOT, "packages"),
      outDir: folder,
      typeRoots: [join(ROOT, "node_modules/@types")],
    },
    include: [],
    files: [
      ...LIBRARIES.map((name) => join(ROOT, `packages/${name}/src/index.ts`)),
      ...globSync("packages/*/src/**/*.d.ts", { cwd: ROOT }).map((path) => join(ROOT, path)),
    ],
  };
  const project = join(folder, "tsconfig.json");
  writeFileSync(project, JSON.stringify(config));
  const { code } = await run("tsc", ["-p", project]);
  if (code !== 0) throw new Error("tsc could not write the types");
  for (const name of LIBRARIES) {
    for (const path of globSync("**/*.d.ts", { cwd: join(folder, name, "src") })) {
      const text = readFileSync(join(folder, name, "src", path), "utf8");
      writeFileSync(join(folder, name, "src", path), toPublishedTypes(text));
    }
    cpSync(join(folder, name, "src"), join(ROOT, "packages", name, "dist"), { recursive: true });
  }
  rmSync(folder, { recursive: true });
  console.log("built the types");
}

/** The package has ES modules but for this folder. */
function writeKind(): void {
  writeFileSync(join(ROOT, "packages", COMMAND, "dist", "package.json"), '{ "type": "commonjs" }\n');
}

/** The terms of those whose code the command has inside. */
function writeLicenses(): void {
  const texts = INSIDE_COMMAND.map((name) => {
    const [file] = globSync(`node_modules/${name}/LICENSE*`, { cwd: ROOT });
    if (file === undefined) throw new Error(`${name} has no licence to bring along`);
    return `${name}\n\n${readFileSync(join(ROOT, file), "utf8").trim()}\n`;
  });
  writeFileSync(join(ROOT, "packages", COMMAND, "dist", "LICENSES.txt"), texts.join("\n---\n\n"));
}

/** Loads every library and runs the command, without the condition that leads to the sources. */
async function tryOut(): Promise<void> {
  const load = LIBRARIES.map((name) => `await import("@torrential/${name}");`).join("");
  const loaded = await run(process.execPath, ["--input-type=module", "--eval", load]);
  const command = await run(process.execPath, [`packages/${COMMAND}/dist/main.js`, "version"]);
  if (loaded.code !== 0 || command.code !== 0) throw new Error("What was built does not run");
}

const isCommandOnly = process.argv.includes("--command");
for (const name of isCommandOnly ? [COMMAND] : [...LIBRARIES, COMMAND])
  rmSync(join(ROOT, "packages", name, "dist"), { recursive: true, force: true });
for (const bundle of listBundles()) {
  if (isCommandOnly && !bundle.output.startsWith(`packages/${COMMAND}/`)) continue;
  if (!existsSync(bundle.input)) throw new Error(`${bundle.input} is missing, nothing to build ${bundle.output} from`);
  await buildBundle(bundle);
}
await buildPage();
writeLicenses();
writeKind();
await warmUp(join(ROOT, "packages", COMMAND, "dist"));
if (!isCommandOnly) {
  await buildTypes();
  await tryOut();
}
