/** The door of images/: from the name of an image to what a thread or child process loads. */
export { catalogueImages } from "../../commands/index.ts";
export { codeOfFile, examine } from "./examine.ts";
export { Images } from "./images.ts";
export { findModule, ImageError, imagesIn, parseImageName } from "./lookup.ts";
export { moduleSystemOf, optionsOfTsx, workerSideFile } from "./places.ts";
