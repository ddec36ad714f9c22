import {BarChart} from '@mantine/charts'
import {Table, VisuallyHidden} from '@mantine/core'
import type {ReplyOf} from '../api/ask.ts'

type Day = ReplyOf<'auditActivity'>['days'][number]

/** Writes and refusals by day; the same numbers as a table for who does not see a chart. */
export default function Chart({days}: {days: readonly Day[]}) {
  const data = days.map((day) => ({day: day.day.slice(5), Writes: day.done, Refusals: day.refused}))
  return (
    <>
      <div aria-hidden="true">
        <BarChart
          h={200}
          data={data}
          dataKey="day"
          withLegend
          series={[
            {name: 'Writes', color: 'blue.7'},
            {name: 'Refusals', color: 'orange.7'},
          ]}
          barChartProps={{accessibilityLayer: false}}
          barProps={{isAnimationActive: false}}
        />
      </div>
      <VisuallyHidden>
        <Table>
          <Table.Caption>Writes and refusals by day</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Day</Table.Th>
              <Table.Th>Writes</Table.Th>
              <Table.Th>Refusals</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {days.map(({day, done, refused}) => (
              <Table.Tr key={day}>
                <Table.Td>{day}</Table.Td>
                <Table.Td>{done}</Table.Td>
                <Table.Td>{refused}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </VisuallyHidden>
    </>
  )
}
