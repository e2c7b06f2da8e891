/**
 * The folder that an image is built from: a Dockerfile, the module, and what runs it. A worker function is run by the runtime, one file that
 * lies beside it; a program by Node, as it is.
 */
import { readFileSync } from "node:fs";
import { workerSideFile } from "../../node/index.ts";
import { fieldsOf } from "../../outside/index.ts";
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
  /** The images folders. */
  readonly images: readonly string[];
}

export async function imageFolder(filename: string, options: FolderOptions): Promise<ImageFolder> {
  const module = await moduleFiles(filename, options.images);
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

/** Its own, where it has one, with what it needs beside that. */
function packageJson({ system, packages, files }: ModuleFiles): string {
  // Its scripts are for whoever works on it.
  const { dependencies: own, scripts: _, ...described } = fieldsOf(jsonIn(files.get("package.json")));
  const found = [...packages].map(([name, version]) => [name, version ?? "latest"] as const);
  const dependencies = { ...Object.fromEntries(found), ...fieldsOf(own) };
  const hasPackages = Object.keys(dependencies).length > 0;
  const usual = { private: true, type: system };
  return `${JSON.stringify({ ...usual, ...described, ...(hasPackages && { dependencies }) }, null, 2)}\n`;
}

function jsonIn(text: string | Buffer | undefined): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    // There is none, or one that Node would not read either.
    return undefined;
  }
}

/** How packages come into the image: as its lock file says, where it has one that knows them all. */
function install({ packages, files }: ModuleFiles): string[] {
  const { dependencies } = fieldsOf(jsonIn(files.get("package.json")));
  const own = Object.keys(fieldsOf(dependencies));
  if (own.length === 0 && packages.size === 0) return [];
  const isLocked = files.has("package-lock.json") && [...packages.keys()].every(name => own.includes(name));
  return isLocked
    ? ["COPY app/package.json app/package-lock.json ./", "RUN npm ci --omit=dev --no-audit --no-fund"]
    : ["COPY app/package.json ./", "RUN npm install --omit=dev --no-audit --no-fund"];
}

function dockerfile(module: ModuleFiles, { isProgram, isUnprivileged, node }: FolderOptions): string {
  const started = [
    "node",
    ...(isProgram ? ["--require", "/k4s/first-process.cjs"] : ["/k4s/runtime.cjs"]),
    `/app/${module.entry}`,
  ];
  const lines = [
    "# Written by k4s export. The arguments of the container in its manifest come behind ENTRYPOINT.",
    `FROM node:${node}-slim`,
    "WORKDIR /app",
    ...install(module),
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
