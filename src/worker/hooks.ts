/**
 * What Node's loader is told before an image is loaded, if anything: what `import "k4s"` means in a worker (worker-side.ts), and
 * the texts of files that have changed since the image was pulled. By module.registerHooks where Node has it
 * (22.15), which costs nothing; else by module.register for ES modules and, for CommonJS, in the way of require hooks.
 */
import Module, { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

export interface LoaderData {
  /** The files of k4s's side of a worker: URLs. */
  readonly k4s: { readonly import: string; readonly require: string };
  /** By the URL of a file, what it said when the image was pulled. */
  readonly texts: Readonly<Record<string, KeptText>>;
}

export interface KeptText {
  readonly source: string;
  /** As what it is loaded; as the file would be where left out. */
  readonly format?: "module" | "commonjs";
}

interface Resolved {
  readonly url: string;
  readonly format?: string;
  readonly shortCircuit?: boolean;
}
interface Loaded {
  readonly format?: string | null;
  readonly source?: unknown;
  readonly shortCircuit?: boolean;
}
interface HookContext {
  readonly conditions: readonly string[];
  readonly parentURL?: string;
}
/** Of Node 22.15 and later; the types are of Node 20. */
interface WithHooks {
  registerHooks?(hooks: {
    resolve(specifier: string, context: HookContext, next: (s: string, a: HookContext) => Resolved): Resolved;
    load(url: string, context: HookContext, next: (u: string, a: HookContext) => Loaded): Loaded;
  }): void;
}

/** @param requires true where something else has its own way to require files */
export function installHooks(data: LoaderData, requires: boolean): void {
  const { registerHooks } = Module as typeof Module & WithHooks;
  if (registerHooks) hookInto(registerHooks, data);
  else hookIntoNode20(data);
  if (requires || !registerHooks) giveTexts(data.texts);
}

function hookInto(registerHooks: Required<WithHooks>["registerHooks"], data: LoaderData): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "k4s") return next(specifier, context);
      const kind = context.conditions.includes("require") ? "require" : "import";
      return { url: data.k4s[kind], format: kind === "require" ? "commonjs" : "module", shortCircuit: true };
    },
    load(url, context, next) {
      const kept = data.texts[fileOf(url)];
      if (kept?.format) return { ...kept, shortCircuit: true };
      return { ...next(url, context), ...kept };
    },
  });
}

/** Without what makes another module of the same file. */
const fileOf = (url: string) => url.replace(/[?#].*$/, "");

/** Runs in the thread that Node makes for such hooks. */
const hooks = `
let data;
export function initialize(given) { data = given; }
export async function resolve(specifier, context, next) {
  return specifier === "k4s" ? { url: data.k4s.import, format: "module", shortCircuit: true } : next(specifier, context);
}
export async function load(url, context, next) {
  const kept = data.texts[url.replace(/[?#].*$/, "")];
  if (kept?.format) return { ...kept, shortCircuit: true };
  const loaded = await next(url, context);
  return loaded.format === "commonjs" ? loaded : { ...loaded, ...kept };
}`;

/** What require hooks take the place of; without a public name, and the same for ten years. */
interface Requiring {
  _resolveFilename(request: string, ...rest: unknown[]): string;
  _extensions: Record<string, (module: Compilable, filename: string) => void>;
}
interface Compilable {
  exports: unknown;
  _compile(text: string, filename: string): void;
}
const requiring = Module as typeof Module & Requiring;

function hookIntoNode20({ k4s, texts }: LoaderData): void {
  Module.register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: { k4s, texts } });
  const { _resolveFilename } = requiring;
  const side = createRequire(k4s.require).resolve(k4s.require.replace(/^.*\//, "./"));
  requiring._resolveFilename = (request, ...rest) =>
    request === "k4s" ? side : _resolveFilename.call(Module, request, ...rest);
}

function giveTexts(texts: LoaderData["texts"]): void {
  if (Object.keys(texts).length === 0) return;
  for (const [extension, usual] of Object.entries(requiring._extensions)) {
    requiring._extensions[extension] = (module, filename) => {
      const { source, format } = texts[pathToFileURL(filename).href] ?? {};
      if (source === undefined) return usual(module, filename);
      if (extension === ".json") {
        module.exports = JSON.parse(source.replace(/^\uFEFF/, ""));
        return;
      }
      if (format === "commonjs") return module._compile(source, filename);
      // What compiles in the end is given the text in place of what was read.
      const { _compile } = module;
      module._compile = () => {
        module._compile = _compile;
        module._compile(source, filename);
      };
      usual(module, filename);
    };
  }
}
