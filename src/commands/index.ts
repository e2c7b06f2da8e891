/**
 * The door of commands/: the images that come along. The commands themselves have no door: they run in containers, which load
 * them as one file (run-command.ts).
 */
export { catalogueImages, findInCatalogue } from "./catalogue-images.ts";
