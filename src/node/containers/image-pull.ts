/**
 * Getting the image of a container that is to be started: from what is here already or by a pull, as its policy wants it,
 * and told in the kubelet's events.
 */
import type { Clock } from "../../outside/index.ts";
import type { PodContainer } from "../../resources/index.ts";
import type { Code } from "../../worker/index.ts";
import { ImageError, type Images } from "../images/index.ts";
import { durationText } from "./restarts.ts";
import type { TellOf } from "./surroundings.ts";

/** Resolves to the code, or to the error, of which everything has been told. */
export async function pullImage(
  { image = "", imagePullPolicy: policy = "IfNotPresent" }: PodContainer,
  { images, clock }: { readonly images: Images; readonly clock: Clock },
  tell: TellOf,
): Promise<Code | ImageError> {
  const tellPresent = () =>
    tell(
      "Normal",
      "Pulled",
      `Container image "${image}" already present on machine and can be accessed by the pod`,
    );
  const present = policy === "Always" ? undefined : await images.present(image);
  if (present) {
    tellPresent();
    return present;
  }
  try {
    if (policy === "Never") {
      // An image need not be brought to a machine here: what lies in a folder is present.
      const code = await images.pull(image);
      tellPresent();
      return code;
    }
    tell("Normal", "Pulling", `Pulling image "${image}"`);
    const begun = clock.now();
    const code = await images.pull(image);
    const took = durationText(clock.now() - begun);
    const size = `Image size: ${code.size} bytes.`;
    tell(
      "Normal",
      "Pulled",
      `Successfully pulled image "${image}" in ${took} (${took} including waiting). ${size}`,
    );
    return code;
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const failure = policy === "Never" && error.reason === "ErrImagePull" ? neverPulled(image, error) : error;
    tellOf(failure, image, tell);
    return failure;
  }
}

function tellOf({ reason, message }: ImageError, image: string, tell: TellOf): void {
  if (reason === "ErrImagePull") tell("Warning", "Failed", `Failed to pull image "${image}": ${message}`);
  else tell("Warning", reason === "InvalidImageName" ? "InspectFailed" : reason, message);
  tell("Warning", "Failed", `Error: ${reason}`);
}

function neverPulled(image: string, cause: ImageError): ImageError {
  const message = `Container image "${image}" is not present with pull policy of Never`;
  return new ImageError("ErrImageNeverPull", message, { cause });
}
