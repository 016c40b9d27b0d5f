### ロック解除メールの短いコードと、ロックに関するメールの文言。

unlock-code-title = コードを入力
unlock-code-what = ロック解除メールには8桁のコードが書かれています。メールのボタンと同じ働きをします。
unlock-code-field = ロック解除メールのコード
unlock-code-hint = 8桁の数字です。空白があってもかまいません。
unlock-code-button = ロックを解除する
unlock-code-fault-missing = メールのコードを入力してください
unlock-code-fault-wrong = このコードは正しくないか、無効になっています
unlock-code-cost = 1つのコードは5回まで試せます。新しいメールには新しいコードが入っています。
unlock-code-new = 新しいコードと新しいリンクが届きます。
held-reset-text = メールボックスがご本人のものであることが確認され、ロックはすぐに解除されます。

## ロックを解除するメール
mail-unlock-origin = { $count ->
    [1] 1つのアドレス（{ $network }）
   *[other] { $count }個のアドレス（{ $network } など）
}
mail-unlock-since = 最初のロックの開始: { $time }{ $utc }
mail-unlock-code = ボタンが動作しない場合は、サインインがロックされていると表示されているページで、次のコードを入力してください。
mail-unlock-code-text = リンクが動作しない場合は、サインインがロックされていると表示されているページで、次のコードを入力してください。
mail-unlock-valid-both = リンクとコードの有効期間は{ $wait }で、{ $time }{ $utc } まで使えます。

## ロックが解除されたことのお知らせ
mail-unlocked-title = { $tenant } アカウントのロックが解除されました
mail-unlocked-link = { $time }{ $utc } に、メールのリンクでロックが解除されました。再びサインインできます。
mail-unlocked-code = { $time }{ $utc } に、メールのコードでロックが解除されました。再びサインインできます。
mail-unlocked-reset = { $time }{ $utc } に、新しいパスワードの設定によりロックが解除されました。再びサインインできます。
mail-unlocked-staff = { $time }{ $utc } に、{ $tenant }の担当者がロックを解除しました。再びサインインできます。
mail-unlocked-not-me = ほかの人がメールを読んでいる可能性があります。メールボックスのパスワードを変更してから、ここで新しいパスワードを設定し、{ $tenant }のサポートにお知らせください。
mail-unlocked-why = このメールは、アカウントのロックが解除されたため送信されました。
