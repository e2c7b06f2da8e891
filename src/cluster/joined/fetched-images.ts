/**
 * Images that a node which has joined fetches from the API server, because its own folders have none of that name. What an image consists of is
 * asked for, and each file that is not here yet, by its digest; then it lies in the node's folder as it does there, and is fetched once. A pull
 * asks again what the name means by now. While the server is away the image stays what it was.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { piecesOf, type ServerConnection } from "../../client/index.ts";
import { ApiError, hasReason, messageOf } from "../../errors/index.ts";
import {
  type ContentFile,
  contentDigest,
  type FetchedImage,
  type GivenImage,
  type ImageContent,
  ImageError,
  type ImagesElsewhere,
  mostBytes,
  mostFiles,
} from "../../node/index.ts";
import { fieldsOf, Turns, writeIfPossible } from "../../outside/index.ts";
import { imagePath } from "../../resources/index.ts";

export interface FetchedImagesParts {
  readonly connection: Pick<ServerConnection, "json" | "stream" | "server">;
  /** Where they are kept. */
  readonly folder: string;
}

const silenceMs = 30_000;
/** Files that are asked for at once. */
const atOnce = 8;
/** An image that no container has started from for so long is taken away when the node starts: 30 days. */
const unusedMs = 30 * 24 * 3_600_000;

export class FetchedImages implements ImagesElsewhere {
  readonly #parts: FetchedImagesParts;
  /** What names mean: a digest, or one that comes along. */
  readonly #names: Map<string, string | { readonly builtIn: string }>;
  readonly #closing = new AbortController();
  /** By the digest of what is brought. */
  readonly #turns = new Turns();
  readonly #fetching = new Map<string, Promise<FetchedImage | undefined>>();

  constructor(parts: FetchedImagesParts) {
    this.#parts = parts;
    this.#names = new Map(Object.entries(this.#read("names.json") ?? {}) as []);
  }

  kept(image: string): FetchedImage | undefined {
    const meant = this.#names.get(image);
    if (meant === undefined || typeof meant === "object") return meant;
    const content = this.#read(`${meant}.json`) as ImageContent | undefined;
    if (!content || !existsSync(this.#tree(meant))) return undefined;
    this.#isUsed(meant);
    return this.#module(content);
  }

  fetch(image: string): Promise<FetchedImage | undefined> {
    const known = this.#fetching.get(image);
    if (known) return known;
    const fetching = this.#fetch(image).finally(() => this.#fetching.delete(image));
    this.#fetching.set(image, fetching);
    return fetching;
  }

  /** Takes away what no name means any more, and what nothing has used for long. Nothing runs yet. */
  async tidy(nowMs: number): Promise<void> {
    const { folder } = this.#parts;
    for (const [name, meant] of this.#names) {
      if (typeof meant !== "string") continue;
      const used = statSync(join(folder, `${meant}.json`), { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (nowMs - used > unusedMs) this.#names.delete(name);
    }
    const meant = new Set(this.#names.values());
    for (const name of existsSync(folder) ? readdirSync(folder) : [])
      if (name !== "names.json" && !meant.has(name.replace(/\.json$/, "")))
        await rm(join(folder, name), { recursive: true, force: true });
    this.#writeNames();
  }

  /** What is being fetched fails. Resolves when nothing is written any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#fetching.values());
  }

  async #fetch(image: string): Promise<FetchedImage | undefined> {
    try {
      const given = await this.#ask(image);
      if (!given) return undefined;
      if ("builtIn" in given) {
        this.#names.set(image, { builtIn: String(given.builtIn) });
        this.#writeNames();
        return { builtIn: String(given.builtIn) };
      }
      let content = contentIn(given);
      await this.#bring(image, content).catch(async error => {
        // It has changed while it came, or another server answers by now: once more.
        const again = hasReason(error, "NotFound") ? await this.#ask(image) : undefined;
        if (!again || "builtIn" in again) throw error;
        content = contentIn(again);
        await this.#bring(image, content);
      });
      this.#names.set(image, content.digest);
      this.#writeNames();
      this.#isUsed(content.digest);
      return this.#module(content);
    } catch (error) {
      // It is away, or in the middle of a change: what is here is what it was.
      const kept = hasReason(error, "ServiceUnavailable", "NotFound") ? this.kept(image) : undefined;
      if (kept) return kept;
      const why = `failed to pull and unpack image "${image}": no folder of this node has it, and the cluster does not give it: ${messageOf(error)}`;
      throw new ImageError("ErrImagePull", why, { cause: error });
    }
  }

  /** Undefined where the cluster has none of that name. */
  async #ask(image: string): Promise<GivenImage | undefined> {
    const { connection } = this.#parts;
    const { signal } = this.#closing;
    const asking = connection.json<GivenImage>(imagePath({ image }), { signal, silenceMs });
    return asking.catch(error => {
      if (!hasReason(error, "NotFound")) throw error;
      return undefined;
    });
  }

  /** A container starts from it. */
  #isUsed(digest: string): void {
    const now = new Date();
    try {
      utimesSync(join(this.#parts.folder, `${digest}.json`), now, now);
    } catch {
      // Then it is fetched again, one day.
    }
  }

  /** Where it is not here yet. One name brings it, where two of the same content are asked for at once. */
  #bring(image: string, content: ImageContent): Promise<void> {
    return this.#turns.take(content.digest, async () => {
      if (!existsSync(this.#tree(content.digest))) await this.#write(image, content);
    });
  }

  /** All of it is written beside, and moved into place. */
  async #write(image: string, content: ImageContent): Promise<void> {
    const { folder } = this.#parts;
    const draft = join(folder, `${content.digest}.draft`);
    await rm(draft, { recursive: true, force: true });
    const root = join(draft, "root");
    await mkdir(root, { recursive: true });
    // What lies above the node's folder says nothing of what is in an image.
    await writeFile(join(draft, "package.json"), "{}\n");
    const here = this.#filesHere();
    const waiting = content.files.values();
    const bring = async () => {
      for (const file of waiting) await this.#bringFile(image, file, root, here);
    };
    await Promise.all(Array.from({ length: atOnce }, bring));
    for (const { path, target } of content.links) {
      const place = join(root, path);
      await mkdir(dirname(place), { recursive: true });
      const isFolder = statSync(join(root, target), { throwIfNoEntry: false })?.isDirectory() ?? false;
      const way = posix.relative(posix.dirname(path), target);
      await symlink(way === "" ? "." : way, place, isFolder ? "dir" : "file");
    }
    writeIfPossible(join(folder, `${content.digest}.json`), JSON.stringify(content));
    await rm(join(folder, content.digest), { recursive: true, force: true });
    await rename(draft, join(folder, content.digest));
  }

  async #bringFile(
    image: string,
    { path, sha256, size, isExecutable = false }: ContentFile,
    root: string,
    here: ReadonlyMap<string, string>,
  ): Promise<void> {
    const { connection } = this.#parts;
    const { signal } = this.#closing;
    const place = join(root, path);
    await mkdir(dirname(place), { recursive: true });
    const mode = isExecutable ? 0o755 : 0o644;
    const like = here.get(sha256);
    if (like !== undefined && digestOf(await readFile(like).catch(() => Buffer.of())) === sha256) {
      await copyFile(like, place);
      return chmod(place, mode);
    }
    const answer = await connection.stream(imagePath({ image, file: sha256 }), { signal, silenceMs });
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of piecesOf<Buffer>(answer, connection.server)) {
      length += piece.length;
      if (length > size) throw new ApiError("InternalError", `${path} is larger than it was said to be`);
      pieces.push(piece);
    }
    const bytes = Buffer.concat(pieces);
    if (digestOf(bytes) !== sha256)
      throw new ApiError("InternalError", `what came for ${path} is not what its digest says`);
    await writeFile(place, bytes, { mode });
  }

  /** By their digests: of an image that has changed most files are here already. */
  #filesHere(): Map<string, string> {
    const here = new Map<string, string>();
    for (const meant of this.#names.values()) {
      const content =
        typeof meant === "string" ? (this.#read(`${meant}.json`) as ImageContent | undefined) : undefined;
      for (const { sha256, path } of content?.files ?? [])
        here.set(sha256, join(this.#tree(content?.digest ?? ""), path));
    }
    return here;
  }

  #module({ digest, entry, named }: ImageContent): FetchedImage {
    const root = this.#tree(digest);
    return { filename: join(root, entry), named: join(root, named) };
  }

  #tree(digest: string): string {
    return join(this.#parts.folder, digest, "root");
  }

  #read(name: string): object | undefined {
    try {
      return JSON.parse(readFileSync(join(this.#parts.folder, name), "utf8")) as object;
    } catch {
      // Not there yet, or spoilt: it is fetched again.
      return undefined;
    }
  }

  #writeNames(): void {
    writeIfPossible(join(this.#parts.folder, "names.json"), JSON.stringify(Object.fromEntries(this.#names)));
  }
}

function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What the server has said, if nothing of it can lead out of the image's own folder. Throws InternalError. */
export function contentIn(given: unknown): ImageContent {
  const { digest, entry, named, files, links } = fieldsOf(given);
  const bad = (why: string) => new ApiError("InternalError", `what it consists of is told wrongly: ${why}`);
  if (!Array.isArray(files) || !Array.isArray(links)) throw bad("no files");
  if (files.length + links.length > 2 * mostFiles) throw bad("too many files");
  const paths = new Set<string>();
  const path = (text: unknown): string => {
    if (typeof text !== "string" || !isInside(text)) throw bad(`the path ${JSON.stringify(text)}`);
    return text;
  };
  let bytes = 0;
  const told = files.map((each): ContentFile => {
    const { sha256, size, isExecutable, ...file } = fieldsOf(each);
    if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) throw bad("a file without a digest");
    if (typeof size !== "number" || !(size >= 0)) throw bad("a file without a size");
    bytes += size;
    paths.add(path(file.path));
    return { path: path(file.path), sha256, size, ...(isExecutable === true && { isExecutable }) };
  });
  if (bytes > mostBytes) throw bad(`more than ${mostBytes / 2 ** 20} MiB`);
  const toldLinks = links.map(each => {
    const link = fieldsOf(each);
    return { path: path(link.path), target: path(link.target) };
  });
  // Nothing is written by way of a link.
  const through = toldLinks.find(
    link =>
      paths.has(link.path) ||
      [...paths, ...toldLinks.map(other => other.path)].some(each => each.startsWith(`${link.path}/`)),
  );
  if (through) throw bad(`${through.path} is a link and something else`);
  const whole = { entry: path(entry), named: path(named), files: told, links: toldLinks };
  const own = contentDigest(whole);
  if (own !== digest) throw bad("its digest is another");
  return { digest: own, ...whole };
}

function isInside(path: string): boolean {
  if (path === "" || path.includes("\\") || path.includes("\0") || /^[A-Za-z]:/.test(path)) return false;
  return path.split("/").every(part => part !== "" && part !== "." && part !== "..");
}
