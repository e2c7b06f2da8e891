import { expect, it } from "vitest";
import { catalogueImages } from "../catalogue-images.ts";
import { imageFiles } from "./image-files.ts";
import { catalogueProgram } from "./index.ts";

// An empty file in its place would end at once, with nothing printed and exit code 0.
it.each(catalogueImages.filter(({ config }) => config.entrypoint.length > 0))(
  "what the image $name begins with is a program or a script",
  ({ config }) => {
    const [path = ""] = config.entrypoint;
    const world = {} as Parameters<typeof catalogueProgram>[1];
    const program = catalogueProgram(path, world, () => undefined);
    const file = imageFiles({ ...config, source: "" }, config.workingDir, [], [])[path];
    expect(program ?? (typeof file === "object" && "text" in file && file.text)).toBeTruthy();
  },
);
