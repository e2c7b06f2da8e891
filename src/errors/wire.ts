/** Errors as data (skeleton). */
export interface WireError {
  name: string;
  message: string;
}
