/**
 * Below which paths an API server gives what its images consist of, to nodes of other processes that have no such folder: `/k4s/images/NAME` says
 * which files, `/k4s/images/NAME/DIGEST` is one of them. Who asks, who decides whether it may, and who answers read them alike.
 */

const root = "/k4s/images/";

export interface ImageAsked {
  readonly image: string;
  /** The SHA-256 of one of its files, hexadecimal; what it consists of where left out. */
  readonly file?: string;
}

export function imagePath({ image, file }: ImageAsked): string {
  return `${root}${encodeURIComponent(image)}${file === undefined ? "" : `/${file}`}`;
}

/** Undefined for every other path, and for what is not percent-encoded as it should be. */
export function imageAskedBy(path: string): ImageAsked | undefined {
  if (!path.startsWith(root)) return undefined;
  const [name = "", file, ...rest] = path.slice(root.length).split("/");
  if (name === "" || rest.length > 0 || (file !== undefined && !/^[0-9a-f]{64}$/.test(file)))
    return undefined;
  try {
    const image = decodeURIComponent(name);
    return file === undefined ? { image } : { image, file };
  } catch {
    return undefined;
  }
}
