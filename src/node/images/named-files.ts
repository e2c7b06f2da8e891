/**
 * The files that a module names beside itself without importing them: `new URL("./page.html", import.meta.url)`, written as one text. esbuild
 * writes the module as it writes all modules, so that there is one way alone in which this can stand there.
 */
import { dirname, extname, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Loader } from "esbuild";

const place = "k4sPlaceOfModule";
const named = new RegExp(String.raw`new URL\((["'\`])((?:(?!\1)[^\\$])+)\1,${place}\)`, "g");
const loaders: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx",
};

/** Absolute paths of files and folders, whether they are there or not. @param text what the module says */
export async function filesNamedIn(filename: string, text: string): Promise<string[]> {
  if (!/\bURL\b/.test(text) || !/\bimport\s*\.\s*meta\b/.test(text)) return [];
  const { transform } = await import("esbuild");
  const written = await transform(text, {
    charset: "utf8",
    define: { "import.meta.url": place },
    loader: loaders[extname(filename)] ?? "js",
    logLevel: "silent",
    minifyWhitespace: true,
  }).then(
    ({ code }) => code,
    // Node will say what is wrong with it, in its own words.
    () => "",
  );
  const here = pathToFileURL(filename);
  return [...written.matchAll(named)].flatMap(([, , path = ""]) => {
    const url = URL.canParse(path, here.href) ? new URL(path, here) : undefined;
    if (url?.protocol !== "file:" || url.host !== "") return [];
    const file = resolve(fileURLToPath(new URL(url.pathname, here)));
    // A folder that it lies in says where it is, not what it reads.
    return relative(file, dirname(filename)).split(sep)[0] === ".." ? [file] : [];
  });
}
