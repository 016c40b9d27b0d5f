### 時刻と待ち時間。前後の文は他のファイルにあります。

time-clock = { $hour }:{ $minute } { $zone }
time-date = { $year }年{ $month }{ $day }日
time-dated = { $date } { $clock }
time-in = あと{ $wait }
time-under-a-minute = 1分未満
time-seconds = { $count }秒
time-minutes = { $count }分
time-hours = { $count }時間
time-days = { $count }日
time-pair = { $large }{ $small }
time-month = { $month }月
