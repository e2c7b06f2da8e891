/**
 * Makes one file of a TypeScript image, if that cannot be noticed: then a thread need not load tsx, which costs a tenth of a
 * second and an esbuild of its own. What esbuild reports while it builds is the proof that nothing depends on the place or
 * on the loader:
 *
 * - all files are ES modules in syntax, imported statically and in no circle, and each specifier can mean but one file;
 * - none says `import.meta`, `__filename`, `__dirname`, `Error.prepareStackTrace` (a probe takes the place of these names,
 *   and is not in the output), `require`, `module`, a direct `eval`, or an `import()` that is computed;
 * - packages are JavaScript, pinned to the very file that each importing file finds; and all files that import are of one
 *   kind, that is, loaded as ES modules or (in a package without `"type": "module"`) as CommonJS;
 * - what tsx takes from tsconfig.json for these files is the same for all.
 *
 * Where any of this does not hold there is no such file, and tsx loads the image from its own place.
 *
 * What esbuild changes by bundling is changed back: `var` at the top is again what the source said (withLexicalDeclarations).
 */
import { hash } from "node:crypto";
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { BuildFailure, BuildOptions, Metafile, Plugin, TsconfigRaw } from "esbuild";
import { entryIs, moduleSystemOf, tsconfigFor } from "./places.ts";
import { meant, type System, written } from "./specifier.ts";

/** What is known of a module from its imports. */
export interface Graph {
  /** Its own files, the entry first. */
  readonly files: readonly string[];
  readonly isCommonJs: boolean;
  /** True where it exports nothing for certain. */
  readonly script: boolean;
  /** The names that it exports; undefined where only loading it would tell. */
  readonly exports: readonly string[] | undefined;
  readonly importsK4s: boolean;
}

export interface OneFile extends Graph {
  /** Where it is to be kept. */
  readonly filename: string;
  readonly text: string;
  /** The files of packages that it imports. */
  readonly packages: readonly string[];
}

/** @param folder where it is to be kept: source maps lead from there */
export async function oneFileOf(filename: string, folder: string): Promise<OneFile | undefined> {
  const system = moduleSystemOf(filename) ?? "commonjs";
  const own = await tsconfigFor(filename);
  const build = (as: System, more: Pick<BuildOptions, "supported" | "format"> = {}) =>
    attempt(filename, as, folder, own, more);
  let made = await build(system, { supported: { "top-level-await": false } });
  // Where only the entry awaits, all others have been run before, in whatever way they are loaded. As CommonJS, which tsx would
  // make of it here, it could not await at all.
  if (made === "entry awaits") made = await build("module");
  if (typeof made !== "object") return undefined;
  if (made.isCommonJs) {
    // Of what is exported esbuild tells only where it writes an ES module.
    const told = await build(system, { format: "esm" });
    if (typeof told !== "object") return undefined;
    made = { ...made, script: told.script, exports: told.exports };
  }
  const isOneKind = made.files.every(file => (moduleSystemOf(file) ?? "commonjs") === system);
  const tsconfigs = await Promise.all(made.files.map(tsconfigFor));
  const isOneTsconfig = tsconfigs.every(other => JSON.stringify(other) === JSON.stringify(own));
  return isOneKind && isOneTsconfig ? made : undefined;
}

/** Each of these, said by esbuild, is a reason against it. */
const reasonsAgainst = [
  "commonjs-variable-in-esm",
  "direct-eval",
  "indirect-require",
  "unsupported-dynamic-import",
  "unsupported-require-call",
];

/** Takes the place of what depends on the place. */
const probe = "k4s-probe";
const probed = ["import.meta", "__filename", "__dirname", "require.main", "Error.prepareStackTrace"];
const probeText = `const place = 0; export { ${probed.map(name => `place as ${JSON.stringify(name)}`).join(", ")} };`;

async function attempt(
  filename: string,
  system: System,
  folder: string,
  tsconfig: TsconfigRaw,
  more: Pick<BuildOptions, "supported" | "format">,
): Promise<OneFile | "entry awaits" | undefined> {
  const esbuild = await import("esbuild");
  const place = dirname(filename);
  const packages = new Set<string>();
  const { paths, baseUrl } = tsconfig.compilerOptions ?? {};
  const hasAliases = paths !== undefined || baseUrl !== undefined;
  let importsK4s = false;
  const outside: Plugin = {
    name: "outside",
    setup(build) {
      build.onResolve({ filter: /./ }, async args => {
        if (args.path === probe) return { path: probe, namespace: probe, sideEffects: false };
        if (args.kind === "entry-point" || args.pluginData === "looking") return undefined;
        if (args.path === "k4s") importsK4s = true;
        const found = await meant(args, system, build);
        if (!found || (found.isPackage && hasAliases))
          return { errors: [{ text: "its meaning depends on the place" }] };
        if (found.isPackage) packages.add(found.path);
        const { path, external } = found;
        return { path: external ? written(path, system) : path, external };
      });
      build.onLoad({ filter: /./, namespace: probe }, () => ({ contents: probeText }));
    },
  };
  try {
    const { outputFiles, metafile } = await esbuild.build<BuildOptions & { write: false; metafile: true }>({
      absWorkingDir: place,
      bundle: true,
      entryPoints: ["entry"],
      format: system === "module" ? "esm" : "cjs",
      ignoreAnnotations: true,
      inject: [probe],
      keepNames: true,
      logLevel: "silent",
      logOverride: Object.fromEntries(reasonsAgainst.map(id => [id, "error"])),
      metafile: true,
      outfile: join(folder, "one.js"),
      platform: "node",
      plugins: [entryIs(filename), outside],
      sourcemap: "both",
      sourcesContent: true,
      target: `node${process.versions.node}`,
      tsconfigRaw: tsconfig,
      write: false,
      ...more,
    });
    const inputs = Object.entries(metafile.inputs).filter(([input]) => !input.startsWith(`${probe}:`));
    const [, output] = Object.entries(metafile.outputs).find(([file]) => file.endsWith(".js")) ?? [];
    const isProved =
      output !== undefined &&
      !Object.keys(output.inputs).some(input => input.startsWith(`${probe}:`)) &&
      inputs.every(([, { format, imports }]) => format === "esm" && imports.every(staticOrOutside)) &&
      !hasCircle(metafile.inputs);
    if (!isProved) return undefined;
    const textOf = (extension: string) => outputFiles.find(file => file.path.endsWith(extension))?.text ?? "";
    const bundled = textOf(".js");
    // The probe has shown that the program does not ask Node for these: it declares names that Node's function around a CommonJS
    // module has, which tsx understands.
    if (system === "commonjs" && /\b__(?:file|dir)name\b/.test(bundled)) return undefined;
    const text = withLexicalDeclarations(bundled, JSON.parse(textOf(".map")));
    const digest = hash("sha256", text, "hex").slice(0, 32);
    return {
      filename: join(folder, `${digest}${system === "module" ? ".mjs" : ".cjs"}`),
      text,
      files: inputs.map(([input]) => resolve(place, input)),
      packages: [...packages],
      isCommonJs: system === "commonjs",
      script: output.exports.length === 0,
      exports: output.exports,
      importsK4s,
    };
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    const isEntry = (file: string | undefined) => file !== undefined && resolve(place, file) === filename;
    const awaits = errors?.every(
      ({ text, location }) => text.startsWith("Top-level await") && isEntry(location?.file),
    );
    return awaits ? "entry awaits" : undefined;
  }
}

/**
 * Whether modules import each other. One of them reads what the other has not made yet, in an order that depends on the
 * loader.
 */
function hasCircle(inputs: Metafile["inputs"]): boolean {
  const state = new Map<string, "open" | "done">();
  const leadsBack = (file: string): boolean => {
    const known = state.get(file);
    if (known) return known === "open";
    state.set(file, "open");
    const inside = inputs[file]?.imports.filter(({ path }) => path in inputs) ?? [];
    const found = inside.some(({ path }) => leadsBack(path));
    state.set(file, "done");
    return found;
  };
  return Object.keys(inputs).some(leadsBack);
}

/**
 * esbuild writes `var` for each `const`, `let` and `class` at the top of a bundled module, so that reading one too early gives
 * undefined, where Node throws a ReferenceError. The source map tells how the statement began in the source; `let` is as long
 * as `var`, and the map stays right. (As `const`, nothing would change: esbuild refuses to assign to one.)
 */
function withLexicalDeclarations(text: string, map: SourceMapPayload): string {
  const places = new SourceMap(map);
  const linesOf = new Map(
    map.sources.map((source, i) => [source, map.sourcesContent[i]?.split(/\r\n|[\r\n\u2028\u2029]/)]),
  );
  return text
    .split("\n")
    .map((line, i) => {
      if (!line.startsWith("var ")) return line;
      const place = places.findEntry(i, 0);
      if (!("originalSource" in place) || place.generatedLine !== i || place.generatedColumn !== 0)
        return line;
      const source =
        linesOf.get(place.originalSource)?.[place.originalLine]?.slice(place.originalColumn) ?? "";
      return lexical.test(source) ? `let ${line.slice(4)}` : line;
    })
    .join("\n");
}

/** How a declaration begins that cannot be read before it. A `const enum` can. */
const lexical = /^(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:class|let|const(?!\s+enum|\s*\/))\b/;

/** A module of its own that is imported by a call is another moment, and another namespace, than Node's. */
function staticOrOutside({ kind, external }: { kind: string; external?: boolean }): boolean {
  return kind === "import-statement" || (kind === "dynamic-import" && external === true);
}
