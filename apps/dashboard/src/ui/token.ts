/** Symbol of the network's token. */
export const TOKEN = 'DEAI';
