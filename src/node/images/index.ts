/** The door of images/: from the name of an image to what a thread or child process loads. */
export { codeOfFile } from "./examine.ts";
export { Images, type ImagesOptions } from "./images.ts";
export { ImageError } from "./lookup.ts";
export { optionsOfTsx, workerSideFile } from "./places.ts";
