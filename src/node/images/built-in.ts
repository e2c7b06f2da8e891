/** The images that come along (commands/catalogue-images.ts), for names that no images folder knows. */
import { hash } from "node:crypto";
import { findInCatalogue } from "../../commands/index.ts";
import type { Code, ImageConfig } from "../../worker/index.ts";
import { ImageError } from "./lookup.ts";

/** Undefined where there is none of that repository. Throws an ImageError where there is, but not of that tag. */
export function builtInImage(name: string): Code | undefined {
  const found = findInCatalogue(name);
  if (!found) return undefined;
  const { image, tag, hasTag } = found;
  if (!hasTag)
    throw new ImageError(
      "ErrImagePull",
      `failed to pull and unpack image "${name}": not found: the catalogue of k4s has ${image.name} up to ${image.newest}, and no tag "${tag}"`,
    );
  return codeOf(image.config, `${image.name}:${tag ?? "latest"}`);
}

/** There is no module: what is run is a command. */
function codeOf(config: ImageConfig, name: string): Code {
  return {
    digest: hash("sha256", name, "hex"),
    filename: "",
    size: 0,
    loader: "node",
    oneFile: undefined,
    isCommonJs: false,
    script: false,
    exports: undefined,
    config,
    hooks: undefined,
  };
}
