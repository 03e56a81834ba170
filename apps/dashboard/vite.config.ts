import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressed } from './scripts/compressed.ts';

/** Where `npm run dev` finds the network whose API the page calls. */
const NETWORK = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), compressed()],
  build: {
    target: 'es2022',
    // Nothing inline: the page's security policy allows no data of that sort in scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { '/api': NETWORK, '/docs': NETWORK, '/openapi.json': NETWORK, '/ws': { target: NETWORK, ws: true } } },
});
