/** A page to read and try the API: our own few lines, no request to any other host. */
import type { PageFile, PageFiles } from "./plain-routes.ts";

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Torrential API</title>
<link rel="stylesheet" href="page.css">
<script src="page.js" type="module"></script>
</head>
<body>
<header><h1>Torrential API</h1>
<form id="access"><label>Token <input id="token" type="password" autocomplete="off" placeholder="or the session of this browser"></label></form>
</header>
<main id="operations"><p>Reading <a href="../api/v1/openapi.json">openapi.json</a> …</p></main>
</body>
</html>
`;

const CSS = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
details { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .4rem; margin: .4rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; }
code, textarea, pre { font-family: ui-monospace, monospace; font-size: .9rem; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 600; }
label { display: block; margin: .3rem 0; }
input, textarea { width: 100%; box-sizing: border-box; font: inherit; padding: .3rem; }
textarea { min-height: 6rem; }
pre { overflow: auto; max-height: 30rem; padding: .6rem; background: color-mix(in srgb, currentColor 8%, transparent); white-space: pre-wrap; overflow-wrap: anywhere; }
button { font: inherit; padding: .3rem 1rem; }
`;

const SCRIPT = `const main = document.querySelector("#operations");
const token = document.querySelector("#token");
document.querySelector("#access").addEventListener("submit", (event) => { event.preventDefault(); load(); });
const base = new URL("../api/v1", document.baseURI);

function el(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

async function ask(method, url, body) {
  const headers = {};
  if (token.value !== "") headers.authorization = "Bearer " + token.value;
  if (body !== undefined) headers["content-type"] = "application/json";
  return await fetch(url, { method, headers, body });
}

function field(parameter) {
  const input = el("input", { name: parameter.name, placeholder: parameter.schema.type ?? "" });
  const note = parameter.schema.description ?? parameter.description ?? "";
  return { parameter, input, node: el("label", {}, parameter.name + (parameter.required ? " *" : "") + (note ? ": " + note : ""), input) };
}

function showOperation(path, method, operation) {
  const fields = operation.parameters.filter((each) => each.in !== "header").map(field);
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const body = schema ? el("textarea", { value: "{}", spellcheck: false, ariaLabel: "body" }) : undefined;
  const output = el("pre", { textContent: "" });
  const form = el("form", {}, ...fields.map((each) => each.node), ...(body ? [el("label", {}, "body", body)] : []), el("button", { textContent: "Send" }), output);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    let target = path;
    const query = new URLSearchParams();
    for (const { parameter, input } of fields) {
      if (parameter.in === "path") target = target.replace("{" + parameter.name + "}", encodeURIComponent(input.value));
      else if (input.value !== "") query.set(parameter.name, input.value);
    }
    const url = base + target + (query.size > 0 ? "?" + query : "");
    output.textContent = method.toUpperCase() + " " + url + "\\n…";
    try {
      const response = await ask(method.toUpperCase(), url, body?.value);
      const text = (response.headers.get("content-type") ?? "").includes("json") ? JSON.stringify(await response.json(), null, 2) : "(" + (response.headers.get("content-type") ?? "nothing") + ")";
      output.textContent = method.toUpperCase() + " " + url + "\\n" + response.status + "\\n\\n" + text;
    } catch (error) {
      output.textContent = String(error);
    }
  });
  const parts = [el("p", { textContent: operation.description })];
  if (schema) parts.push(el("details", {}, el("summary", { textContent: "schema of the body" }), el("pre", { textContent: JSON.stringify(schema, null, 2) })));
  const reply = Object.values(operation.responses)[0].content?.["application/json"]?.schema;
  if (reply) parts.push(el("details", {}, el("summary", { textContent: "schema of the reply" }), el("pre", { textContent: JSON.stringify(reply, null, 2) })));
  return el("details", { id: operation.operationId }, el("summary", {}, el("span", { className: "method", textContent: method.toUpperCase() }), el("code", { textContent: path }), " ", operation.summary), ...parts, form);
}

async function load() {
  const response = await ask("GET", base + "/openapi.json");
  if (!response.ok) {
    main.replaceChildren(el("p", { textContent: "Log in, or give a token and press Enter (" + response.status + ")." }));
    return;
  }
  const document_ = await response.json();
  const groups = new Map();
  for (const [path, methods] of Object.entries(document_.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const group = operation.tags[0];
      if (!groups.has(group)) groups.set(group, el("section", {}, el("h2", { textContent: group })));
      groups.get(group).append(showOperation(path, method, operation));
    }
  }
  main.replaceChildren(...groups.values());
}

load();
`;

function file(type: string, text: string): PageFile {
  return { type, body: Buffer.from(text), isImmutable: false };
}

export const API_PAGE: PageFiles = new Map([
  ["/api/", file("text/html; charset=utf-8", HTML)],
  ["/api/page.css", file("text/css; charset=utf-8", CSS)],
  ["/api/page.js", file("text/javascript; charset=utf-8", SCRIPT)],
]);
