import {Alert} from '@mantine/core'

/** What was done last, for everyone to see and for a screen reader to say. */
export function Said({text, onClose}: {text: string | null; onClose: () => void}) {
  return (
    <div role="status">
      {text !== null && (
        <Alert color="green" mb="sm" withCloseButton closeButtonLabel="Close" onClose={onClose} className="mono">
          {text}
        </Alert>
      )}
    </div>
  )
}
