/**
 * The folder that an image is built from: a Dockerfile, the module, and what runs it. A worker function is run by the runtime, one file that
 * lies beside it; a program by Node, as it is.
 */
import { readFileSync } from "node:fs";
import { workerSideFile } from "../../node/index.ts";
import { type ModuleFiles, moduleFiles } from "./module-files.ts";

export interface ImageFolder {
  /** By their paths in the folder. */
  readonly files: ReadonlyMap<string, string | Buffer>;
  readonly module: ModuleFiles;
}

export interface FolderOptions {
  /** It certainly exports no function. */
  readonly isProgram: boolean;
  /** A pod demands that it does not run as root. */
  readonly isUnprivileged: boolean;
  /** `22`: of the image of Node that it stands on. */
  readonly node: string;
}

export async function imageFolder(filename: string, options: FolderOptions): Promise<ImageFolder> {
  const module = await moduleFiles(filename);
  const files = new Map<string, string | Buffer>();
  for (const [path, content] of module.files) files.set(`app/${path}`, content);
  files.set("app/package.json", packageJson(module));
  if (options.isProgram) files.set("k4s/first-process.cjs", firstProcess);
  else {
    files.set("k4s/runtime.cjs", runtime());
    for (const [name, content] of workerSide()) files.set(`k4s/node_modules/k4s/${name}`, content);
  }
  files.set("Dockerfile", dockerfile(module, options));
  files.set(".dockerignore", "**/node_modules\n!k4s/node_modules\nDockerfile\n");
  return { files, module };
}

function packageJson({ system, packages }: ModuleFiles): string {
  const dependencies = Object.fromEntries(
    [...packages].map(([name, version]) => [name, version ?? "latest"]),
  );
  const hasPackages = packages.size > 0;
  return `${JSON.stringify({ private: true, type: system, ...(hasPackages && { dependencies }) }, null, 2)}\n`;
}

function dockerfile(
  { entry, packages }: ModuleFiles,
  { isProgram, isUnprivileged, node }: FolderOptions,
): string {
  const started = isProgram
    ? ["node", "--require", "/k4s/first-process.cjs", `/app/${entry}`]
    : ["node", "/k4s/runtime.cjs", `/app/${entry}`];
  const lines = [
    "# Written by k4s export. The arguments of the container in its manifest come behind ENTRYPOINT.",
    `FROM node:${node}-slim`,
    "WORKDIR /app",
    ...(packages.size > 0
      ? ["COPY app/package.json ./", "RUN npm install --omit=dev --no-audit --no-fund"]
      : []),
    ...(isProgram ? [] : ["COPY k4s/node_modules /node_modules"]),
    isProgram ? "COPY k4s /k4s" : "COPY k4s/runtime.cjs /k4s/runtime.cjs",
    "COPY app ./",
    "ENV NODE_ENV=production",
    ...(isUnprivileged ? ["USER 1000:1000"] : []),
    `ENTRYPOINT ${JSON.stringify(started)}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** A signal without a listener does not end the first process of a container, as it ends any other. */
const firstProcess = `process.on("SIGTERM", () => {
  if (process.listenerCount("SIGTERM") === 1) process.exit(143);
});
`;

/** As the build has put it together; what runs from the source takes it from there too. */
function runtime(): Buffer {
  const isSource = import.meta.url.endsWith(".ts");
  const place = isSource ? "../../../dist/export/runtime.cjs" : "./export/runtime.cjs";
  return readFileSync(new URL(place, import.meta.url));
}

/** What `import … from "k4s"` gives a worker. */
function workerSide(): [string, string | Buffer][] {
  const exports = { import: "./index.mjs", require: "./index.cjs" };
  return [
    ["package.json", `${JSON.stringify({ name: "k4s", version: "0.0.0", exports }, null, 2)}\n`],
    ["index.mjs", readFileSync(workerSideFile("module"))],
    ["index.cjs", readFileSync(workerSideFile("commonjs"))],
  ];
}
