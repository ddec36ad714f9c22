import '@mantine/core/styles.css'
import '@mantine/charts/styles.css'
import './page.css'
import {MantineProvider} from '@mantine/core'
import {QueryClientProvider} from '@tanstack/react-query'
import {RouterProvider} from '@tanstack/react-router'
import {StrictMode} from 'react'
import {createRoot} from 'react-dom/client'
import {queries} from './api/queries.ts'
import {router} from './router.tsx'
import {readable, theme} from './theme.ts'

// The content security policy lets in the styles that carry it, and no others.
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''
// As the package that keeps a page from scrolling behind a dialog looks for it.
Object.assign(globalThis, {__webpack_nonce__: nonce})

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={readable}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
