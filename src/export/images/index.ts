/** The door of images/: the modules that go along as images, and the folders that these are built from. */
export { type ExportedImage, exportedImages } from "./exported-images.ts";
export { imageFolder } from "./image-folder.ts";
