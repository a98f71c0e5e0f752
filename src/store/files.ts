/** The name of the database in a data directory. */
export const DATABASE_FILE = "aittsm.db";
/** The folder of the finished audio in a data directory. */
export const AUDIO_FOLDER = "audio";
