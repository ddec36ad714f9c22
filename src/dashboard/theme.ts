import {type CSSVariablesResolver, createTheme, Drawer, Modal} from '@mantine/core'

/** What needs somebody, behind white text. */
export const WARNING = '#b5400a'

/** Where a dialog has a title, that is no second banner of the page. */
const dialog = {defaultProps: {attributes: {header: {role: 'none'}}}}

/** Colours that keep 4.5 to 1 between text and ground in both schemes (WCAG 2.2, 1.4.3). */
export const theme = createTheme({
  primaryColor: 'blue',
  primaryShade: {light: 8, dark: 8},
  autoContrast: true,
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {Modal: Modal.extend(dialog), Drawer: Drawer.extend(dialog)},
})

/** What the library makes too pale. */
export const readable: CSSVariablesResolver = () => ({
  variables: {},
  light: {'--mantine-color-dimmed': 'var(--mantine-color-gray-7)'},
  dark: {'--mantine-color-dimmed': 'var(--mantine-color-dark-0)'},
})
