/** The door of images/: from the name of an image to what a thread or child process loads. */
export { catalogueImages } from "../../commands/index.ts";
export { codeOfFile } from "./examine.ts";
export { Images } from "./images.ts";
export { ImageError, imagesIn } from "./lookup.ts";
export { optionsOfTsx, workerSideFile } from "./places.ts";
