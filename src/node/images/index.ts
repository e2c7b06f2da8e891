/** The door of images/: from the name of an image to what a thread or child process loads. */
export { catalogueImages } from "../../commands/index.ts";
export {
  type ContentFile,
  contentDigest,
  contentOf,
  type ImageContent,
  mostBytes,
  mostFiles,
} from "./content.ts";
export { codeOfFile, examine } from "./examine.ts";
export { type GivenImage, ImageSource } from "./image-source.ts";
export { type FetchedImage, Images, type ImagesElsewhere } from "./images.ts";
export { findModule, ImageError, imagesIn, parseImageName } from "./lookup.ts";
export { filesNamedIn } from "./named-files.ts";
export { moduleSystemOf, optionsOfTsx, workerSideFile } from "./places.ts";
