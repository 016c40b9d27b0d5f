### 複数のページで使う言葉と、プログラムが表示する文。

title = { $page } · { $tenant }
title-error = エラー: { $page } · { $tenant }
summary-title = 入力内容をご確認ください
foot-support = サポートに連絡
foot-reference = 参照番号 <span class="mono">{ $reference }</span>

field-identifier = メールアドレス
field-password = パスワード
button-sign-in = サインイン
link-reset = 新しいパスワードを設定
link-try-sign-in = サインインを試す

fault-wrong-details = メールアドレスまたはパスワードが正しくありません
fault-identifier-missing = メールアドレスを入力してください
fault-identifier-odd = name@example.com のようなメールアドレスを入力してください
fault-password-missing = パスワードを入力してください
two-sentences = { $first }{ $second }
password-incorrect = パスワードが正しくありません。もう一度お試しください。
tries-left = { $count ->
    [0] 次に失敗すると、サインインがロックされます。
   *[other] あと{ $count }回失敗すると、サインインがロックされます。
}

user-locked-timed = アカウントはロックされています。あと{ $wait }で再度お試しいただけます。詳しくは{ $support }までお問い合わせください。
user-locked-endless = アカウントはロックされています。詳しくは{ $support }までお問い合わせください。
user-locked-support = サポート
