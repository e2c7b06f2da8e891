/**
 * Keeps, in the one file that is made of a TypeScript module, what each of its parts says of its own place: `import.meta.url`, `__dirname` and
 * the like mean where the part lay, seen from the file, and in CommonJS, where esbuild knows no `import.meta`, they mean something at all.
 */
import { readFileSync } from "node:fs";
import { dirname, extname, relative, sep } from "node:path";
import type { BuildOptions, Loader, Plugin } from "esbuild";

const names = {
  "import.meta.url": "k4sModuleUrl",
  "import.meta.filename": "k4sModuleFilename",
  "import.meta.dirname": "k4sModuleDirname",
  __filename: "k4sModuleFilename",
  __dirname: "k4sModuleDirname",
} as const;
const says = /\bimport\s*\.\s*meta\b|\b__(?:file|dir)name\b/;

/** @param filename the entry, which the one file takes the place of */
export function keptPlaces(
  filename: string,
  format: "cjs" | "esm",
): Pick<BuildOptions, "banner" | "define" | "plugins"> {
  const here =
    format === "cjs"
      ? `const k4sNodeUrl = require("node:url"), k4sFileUrl = k4sNodeUrl.pathToFileURL(__filename).href;`
      : `import * as k4sNodeUrl from "node:url"; const k4sFileUrl = import.meta.url;`;
  const place = `const k4sPlace = path => { const url = new URL(path, k4sFileUrl).href, filename = k4sNodeUrl.fileURLToPath(url); return { url, filename, dirname: k4sNodeUrl.fileURLToPath(new URL(".", url)).replace(/(.)[/\\\\]$/, "$1") }; };`;
  return { banner: { js: `${here} ${place}` }, define: names, plugins: [told(filename)] };
}

/** Each part begins with its own place, on its first line. */
function told(entry: string): Plugin {
  return {
    name: "kept places",
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, ({ path }) => {
        const text = readFileSync(path, "utf8");
        if (!says.test(text)) return undefined;
        // The entry is the one file itself, by whatever name.
        const steps = relative(dirname(entry), path).split(sep).map(encodeURIComponent);
        const seen = path === entry ? "" : ["."].concat(steps).join("/");
        const variables = `const { url: k4sModuleUrl, filename: k4sModuleFilename, dirname: k4sModuleDirname } = k4sPlace(${JSON.stringify(seen)});`;
        const start = /^#!.*\n/.exec(text)?.[0] ?? "";
        return { contents: `${start}${variables}${text.slice(start.length)}`, loader: loaderOf(path) };
      });
    },
  };
}

function loaderOf(path: string): Loader {
  const kind = extname(path).replace(/^\.[cm]?/, "");
  return kind === "ts" || kind === "tsx" || kind === "jsx" ? kind : "js";
}
