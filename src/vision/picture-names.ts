// What picture files are called: one list for every form that finds pictures by their names. It has the names of kinds that
// nobody reads here too: such a file is told to be a broken picture, where one that is not looked at would be lost in silence.

const ENDING = /\.(jpe?g|jpe|jfif|a?png|webp|gif|bmp|dib|tiff?|avif|hei[cf]|jp2|jpx|j2k|jxl|p[bgnp]m|ico|svg)$/i

/** Whether a file is named like a picture. */
export const isPictureName = (name: string): boolean => ENDING.test(name)

/** The name without the ending of pictures. */
export const withoutPictureEnding = (name: string): string => name.replace(ENDING, '')
