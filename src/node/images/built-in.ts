/** The images that come along (commands/catalogue-images.ts), for names that no images folder knows. */
import { hash } from "node:crypto";
import { findInCatalogue } from "../../commands/index.ts";
import type { Code, ImageConfig } from "../../worker/index.ts";
import { ImageError } from "./lookup.ts";

/** Undefined where there is none of that repository. Throws an ImageError where there is, but not of that tag. */
export function builtInImage(name: string): Code | undefined {
  const found = findInCatalogue(name);
  if (!found) return undefined;
  const { image, source, tag = "latest", hasTag } = found;
  if (!hasTag)
    throw new ImageError(
      "ErrImagePull",
      `failed to pull and unpack image "${name}": not found: the catalogue of k4s has ${image.name} up to ${image.newest}, and no tag "${tag}"`,
    );
  // Those of a tag like `1.29-alpine` have Alpine's programs and files.
  const system = tag.includes("alpine") ? "alpine" : image.config.system;
  const [, digest = hash("sha256", `${image.name}:${tag}`, "hex")] =
    /@sha256:([0-9a-f]{64})$/.exec(name) ?? [];
  return codeOf({ ...image.config, source, tag, system }, digest, image.size);
}

/** There is no module: what is run is a command. */
function codeOf(config: ImageConfig, digest: string, size: number): Code {
  return {
    digest,
    filename: "",
    size,
    loader: "node",
    oneFile: undefined,
    isCommonJs: false,
    script: false,
    exports: undefined,
    config,
    hooks: undefined,
  };
}
