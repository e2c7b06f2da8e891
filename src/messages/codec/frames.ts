/**
 * What two threads post to each other: frames, one after the other in a batch (format.ts has their encoding).
 *
 *     REQUEST slot round body     a message that wants an answer; the sender remembers it in that slot
 *     SEND body                   a message that does not
 *     ANSWER slot round value     the answer; FAIL slot round error: the answer is an error
 *     RETURN slot round body      your message, which was not read and will not be: send it to another endpoint
 *     LOST sequence error         so many messages after the first came one that could not be read
 *     COUNTS taken read           so many more of your messages are in my inbox, so many more have been read
 *     DRAIN                       I was told to stop: send me no more messages, but answers
 *     LAST                        those were my last messages
 */
export const REQUEST = 1;
export const SEND = 2;
export const ANSWER = 3;
export const FAIL = 4;
export const RETURN = 5;
export const LOST = 6;
export const COUNTS = 7;
export const DRAIN = 8;
export const LAST = 9;
