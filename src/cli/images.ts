/** `k4s images`: what `image:` may name, of the folders and of what comes along. */
import { catalogueImages, imagesIn } from "../node/index.ts";
import { imageFolders } from "./image-folders.ts";
import { tableText } from "./table.ts";

export function images({ images: named }: { readonly images: readonly string[] }): void {
  const own = imageFolders(named).flatMap(folder => imagesIn([folder]).map(name => [name, folder]));
  const builtIn = catalogueImages.map(({ name, about }) => [name, `k4s: ${about}`]);
  process.stdout.write(tableText(["IMAGE", "FROM"], [...own, ...builtIn]));
}
