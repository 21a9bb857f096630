set encoding utf8
set terminal svg size 1040,420 dynamic name 'precision_recall' font 'DejaVu Sans,Helvetica,sans-serif,13' noenhanced
set output 'precision_recall.svg'
set datafile separator ','
set border 3 lc rgb '#6B7280'
set tics nomirror scale 0.5 textcolor rgb '#3B4252'
set grid ytics lc rgb '#E5E7EB' lw 1
unset key
set xlabel 'windows found (recall)'
set ylabel 'alarms inside windows (precision)'
set yrange [0:1]
set key top right
plot 'curves.csv' using 2:3 every ::1 with lines lw 2 lc rgb '#0072B2' title 'all parts', 'curves-gaussian.csv' using 2:3 every ::1 with lines lw 2 lc rgb '#6B7280' title 'moving Gaussian'
