### Instants and waits. Words around them are in the other files.

time-clock = { $hour }:{ $minute } { $zone }
time-date = { $day } { $month } { $year }
time-dated = { $date }, { $clock }
time-in = in { $wait }
time-under-a-minute = less than a minute
time-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
time-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
time-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
time-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
time-pair = { $large } { $small }
time-month = { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
