/** The door of files/: what a container sees as its files. */
export { isUnder, type Mount } from "./mount.ts";
export { useMounts } from "./mounts.ts";
export type { PlaceOf, Places } from "./places.ts";
export type { ImageFile, ImageFiles } from "./root-folder.ts";
