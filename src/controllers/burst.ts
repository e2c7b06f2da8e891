/**
 * No run of a controller creates or deletes more objects than this: a full namespace or a set of very many lets others have their turn,
 * and the run comes again at once.
 */
export const burst = 500;
