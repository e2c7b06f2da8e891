/**
 * The texts that the files of an image had when it was pulled, for its loader, where the files have changed since. TypeScript
 * is turned into JavaScript here, file by file: tsx reads files itself, and cannot be given another text.
 */
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Loader } from "esbuild";
import type { KeptText } from "../../worker/index.ts";
import { moduleSystemOf, tsconfigFor } from "./places.ts";

/** By the URLs of the files. */
export async function keptTexts(
  files: ReadonlyMap<string, string>,
  loader: "node" | "tsx" | "one-file",
): Promise<Readonly<Record<string, KeptText>>> {
  const texts = [...files].map(async ([file, text]) => {
    const url = pathToFileURL(file).href;
    return [
      url,
      loader === "tsx" && extname(file) !== ".json" ? await transformed(url, text) : { source: text },
    ] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

async function transformed(url: string, text: string): Promise<KeptText> {
  const { transform } = await import("esbuild");
  const file = fileURLToPath(url);
  const format = moduleSystemOf(file) ?? "commonjs";
  const isModule = format === "module";
  const { code } = await transform(text, {
    // A CommonJS module of tsx has these, too.
    define: isModule ? {} : { "import.meta.url": JSON.stringify(url) },
    format: isModule ? "esm" : "cjs",
    keepNames: true,
    loader: extname(file).replace(/^\.[cm]?/, "") as Loader,
    platform: "node",
    sourcefile: file,
    sourcemap: "inline",
    target: `node${process.versions.node}`,
    tsconfigRaw: await tsconfigFor(file),
  });
  return { source: code, format };
}
